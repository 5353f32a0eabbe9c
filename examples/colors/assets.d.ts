// Files that wrangler attaches as data.
declare module "*.safetensors" {
  const bytes: ArrayBuffer;
  export default bytes;
}
