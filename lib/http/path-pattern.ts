/**
 * Hono's pattern for a documented path. A verb after a colon is matched exactly: Hono would take `:id:cancel` for one
 * parameter and answer `:retry` with it, and a plain `:id` would swallow the verb. A `{path}` at the end is all that follows,
 * slashes and colons too.
 */
export function toPattern(path: string): string {
  const at = path.lastIndexOf('}:')
  if (at < 0) return path.replace(/\{path\}$/, ':path{.+}').replaceAll(/\{(\w+)\}/g, ':$1{[^/:]+}')
  const [before, verb] = [path.slice(0, path.lastIndexOf('{')), path.slice(at + 1)]
  return `${before}:target{[^/:]+${verb}}`
}

/** The path's parameters by their documented names. */
export function toParams(path: string, matched: Record<string, string>): Record<string, string> {
  const { target, ...params } = matched
  if (target === undefined) return params
  const name = /\{(\w+)\}:\w+$/.exec(path)?.[1] ?? 'id'
  return { ...params, [name]: target.slice(0, target.lastIndexOf(':')) }
}
