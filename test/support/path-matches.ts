/** Whether a request's path is one of this documented path; a `{path}` at its end takes slashes along. */
export function pathMatches(path: string, requested: string): boolean {
  const pattern = path
    .replace(/\{path\}$/, REST)
    .split(/\{\w+\}/)
    .map(literally)
    .join('[^/:]+')
  return new RegExp(`^${pattern.replace(REST, '.+')}$`).test(requested)
}

const REST = '\u0000'
const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
