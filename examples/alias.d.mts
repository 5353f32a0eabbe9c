export function packageAlias(condition: "default" | "workerd"): Record<string, string>;
