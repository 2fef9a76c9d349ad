/** Whether a request's path is one of this documented path. */
export function pathMatches(path: string, requested: string): boolean {
  const pattern = path.split(/\{\w+\}/).map(literally)
  return new RegExp(`^${pattern.join('[^/:]+')}$`).test(requested)
}

const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
