// The inner loops of the weights' gradient: dot products of 6 channels of gy with what 2 taps read, over the rows of some images.
import { firstLanes, fma } from "./lanes";
import { groupRows, ROWS } from "./tile";

/** What of gy and of the source belongs together: the same for all channels and taps of a block. */
@unmanaged export class Block {
  images: usize;
  rows: usize;
  /** whole vectors in a row, and the lanes of one more; mask has those lanes set */
  vectors: usize;
  rest: usize;
  mask: v128;
  /** bytes from a row of the source to the next, and from its image to the next */
  row: usize;
  image: usize;
}
export const BLOCK: Block = changetype<Block>(memory.data(offsetof<Block>(), 16));

export function setBlock(images: usize, rows: usize, cols: usize, row: usize, image: usize): void {
  const b = BLOCK;
  b.images = images;
  b.rows = rows;
  b.vectors = cols >> 2;
  b.rest = cols & 3;
  b.mask = firstLanes(b.rest);
  b.row = row;
  b.image = image;
}

/** The sums of four vectors, one a lane */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** Adds lanes 0 and 1, or the lane 0 alone, of s to the floats at y */
// @ts-ignore: decorator
@inline
function addPair(y: usize, s: v128, both: bool): void {
  store<f32>(y, load<f32>(y) + f32x4.extract_lane(s, 0));
  if (both) store<f32>(y, load<f32>(y, 4) + f32x4.extract_lane(s, 1), 4);
}

/** gw[m, 0..1] += sum over the block of d[m] * source[tap 0..1] for MR channels; d: packed, MR vectors a step; ldw: bytes between rows of gw */
// @ts-ignore: decorator
@inline
function dot(MR: i32, d: usize, x0: usize, x1: usize, gw: usize, ldw: usize, both: bool): void {
  const block = BLOCK;
  let l0 = f32x4.splat(0), r0 = l0, l1 = l0, r1 = l0, l2 = l0, r2 = l0, l3 = l0, r3 = l0, l4 = l0, r4 = l0, l5 = l0, r5 = l0;
  const whole = (block.vectors * MR) << 4, skip = block.row - (block.vectors << 4);
  const nextImage = block.image - block.rows * block.row, rest = block.rest;
  for (let i = block.images; i > 0; i--) {
    for (let r = block.rows; r > 0; r--) {
      const end = d + whole;
      while (d < end) {
        const left = v128.load(x0), right = v128.load(x1);
        let s = v128.load(d);
        l0 = fma(s, left, l0);
        r0 = fma(s, right, r0);
        if (MR > 1) {
          s = v128.load(d, 16);
          l1 = fma(s, left, l1);
          r1 = fma(s, right, r1);
        }
        if (MR > 2) {
          s = v128.load(d, 32);
          l2 = fma(s, left, l2);
          r2 = fma(s, right, r2);
        }
        if (MR > 3) {
          s = v128.load(d, 48);
          l3 = fma(s, left, l3);
          r3 = fma(s, right, r3);
        }
        if (MR > 4) {
          s = v128.load(d, 64);
          l4 = fma(s, left, l4);
          r4 = fma(s, right, r4);
        }
        if (MR > 5) {
          s = v128.load(d, 80);
          l5 = fma(s, left, l5);
          r5 = fma(s, right, r5);
        }
        x0 += 16;
        x1 += 16;
        d += MR << 4;
      }
      if (rest) {
        const mask = block.mask;
        const left = v128.and(v128.load(x0), mask), right = v128.and(v128.load(x1), mask);
        l0 = fma(v128.load(d), left, l0);
        r0 = fma(v128.load(d), right, r0);
        if (MR > 1) l1 = fma(v128.load(d, 16), left, l1);
        if (MR > 1) r1 = fma(v128.load(d, 16), right, r1);
        if (MR > 2) l2 = fma(v128.load(d, 32), left, l2);
        if (MR > 2) r2 = fma(v128.load(d, 32), right, r2);
        if (MR > 3) l3 = fma(v128.load(d, 48), left, l3);
        if (MR > 3) r3 = fma(v128.load(d, 48), right, r3);
        if (MR > 4) l4 = fma(v128.load(d, 64), left, l4);
        if (MR > 4) r4 = fma(v128.load(d, 64), right, r4);
        if (MR > 5) l5 = fma(v128.load(d, 80), left, l5);
        if (MR > 5) r5 = fma(v128.load(d, 80), right, r5);
        d += MR << 4;
      }
      x0 += skip;
      x1 += skip;
    }
    x0 += nextImage;
    x1 += nextImage;
  }
  const s01 = sums(l0, r0, l1, r1);
  addPair(gw, s01, both);
  if (MR > 1) addPair((gw += ldw), v128.shuffle<f32>(s01, s01, 2, 3, 2, 3), both);
  if (MR > 2) {
    const s23 = sums(l2, r2, l3, r3);
    addPair((gw += ldw), s23, both);
    if (MR > 3) addPair((gw += ldw), v128.shuffle<f32>(s23, s23, 2, 3, 2, 3), both);
  }
  if (MR > 4) {
    const s45 = sums(l4, r4, l5, r5);
    addPair((gw += ldw), s45, both);
    if (MR > 5) addPair((gw += ldw), v128.shuffle<f32>(s45, s45, 2, 3, 2, 3), both);
  }
}

// One function each, as in conv-tile.ts.
function dot1(d: usize, x0: usize, x1: usize, gw: usize, ldw: usize, both: bool): void {
  dot(1, d, x0, x1, gw, ldw, both);
}
function dot2(d: usize, x0: usize, x1: usize, gw: usize, ldw: usize, both: bool): void {
  dot(2, d, x0, x1, gw, ldw, both);
}
function dot3(d: usize, x0: usize, x1: usize, gw: usize, ldw: usize, both: bool): void {
  dot(3, d, x0, x1, gw, ldw, both);
}
function dot4(d: usize, x0: usize, x1: usize, gw: usize, ldw: usize, both: bool): void {
  dot(4, d, x0, x1, gw, ldw, both);
}
function dot5(d: usize, x0: usize, x1: usize, gw: usize, ldw: usize, both: bool): void {
  dot(5, d, x0, x1, gw, ldw, both);
}
function dot6(d: usize, x0: usize, x1: usize, gw: usize, ldw: usize, both: bool): void {
  dot(6, d, x0, x1, gw, ldw, both);
}

/** gw[m, tap] += the dot products of m channels of gy, packed by packBlock, with what `count` taps read of x */
export function dots(d: usize, x: usize, taps: usize, count: usize, gw: usize, m: usize, ldw: usize): void {
  const end = taps + (count << 2), b = BLOCK;
  const vectors = b.images * b.rows * (b.vectors + (b.rest ? 1 : 0));
  for (let left = m; left > 0; ) {
    const mr = groupRows(left);
    let to = gw;
    for (let t = taps; t < end; t += 8) {
      const both = t + 4 < end;
      const x0 = x + load<u32>(t), x1 = both ? x + load<u32>(t, 4) : x0;
      if (ROWS > 5 && mr == 6) dot6(d, x0, x1, to, ldw, both);
      else if (mr == 4) dot4(d, x0, x1, to, ldw, both);
      else if (mr == 3) dot3(d, x0, x1, to, ldw, both);
      else if (ROWS > 4 && mr == 5) dot5(d, x0, x1, to, ldw, both);
      else if (mr == 2) dot2(d, x0, x1, to, ldw, both);
      else dot1(d, x0, x1, to, ldw, both);
      to += 8;
    }
    d += (vectors * mr) << 4;
    gw += mr * ldw;
    left -= mr;
  }
}

/** Packs the block of gy for dots: groups of channels, each channel's vector after the other's; the rest of a row is filled up with zeros. */
export function packBlock(gy: usize, d: usize, m: usize, channel: usize, image: usize): void {
  const b = BLOCK;
  const width = ((b.vectors << 2) + b.rest) << 2;
  for (let left = m; left > 0; ) {
    const mr = groupRows(left);
    for (let i: usize = 0; i < b.images; i++) {
      for (let r: usize = 0; r < b.rows; r++) {
        let from = gy + i * image + r * width;
        for (let v: usize = 0; v < b.vectors; v++) {
          for (let c: usize = 0; c < mr; c++) v128.store(d + (c << 4), v128.load(from + c * channel));
          from += 16;
          d += mr << 4;
        }
        if (b.rest) {
          for (let c: usize = 0; c < mr; c++) v128.store(d + (c << 4), v128.and(v128.load(from + c * channel), b.mask));
          d += mr << 4;
        }
      }
    }
    gy += mr * channel;
    left -= mr;
  }
}
