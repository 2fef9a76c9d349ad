/** What a person answered. No answer at all (Ctrl-D) is a no. */
export type Answer = 'yes' | 'no' | 'interrupted'

/** Asks a question that a bare Enter answers with no. */
export async function confirm(
  question: string,
  { input, output }: { input: NodeJS.ReadStream; output: NodeJS.WriteStream },
): Promise<Answer> {
  const { createInterface } = await import('node:readline')
  const lines = createInterface({ input, output })
  const { promise, resolve } = Promise.withResolvers<Answer>()
  lines.once('SIGINT', () => {
    output.write('\n')
    resolve('interrupted')
  })
  lines.once('close', () => {
    output.write('\n')
    resolve('no')
  })
  lines.question(`${question} [y/N] `, (answer) => resolve(/^\s*y(es)?\s*$/i.test(answer) ? 'yes' : 'no'))
  const answer = await promise
  lines.removeAllListeners('close')
  lines.close()
  return answer
}
