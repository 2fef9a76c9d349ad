import { type Answer, answer, S3Error } from './answer.ts'
import type { Asked } from './asked.ts'

/** What happens in place of the answer; `perform` does what was asked, which a fault may leave out. */
export type Fault = (perform: () => Answer, asked: Asked) => Answer

/** Answers as S3 does when it cannot, and does nothing. */
export function refuse(status: number, code: string): Fault {
  return () => new S3Error(status, code).toAnswer()
}

/** Does nothing, and cuts the connection or says nothing at all. */
export function ignore(by: 'cut' | 'silence'): Fault {
  return () => ({ ...answer(200), broken: { at: 'head', by } })
}

/** Does what was asked, and the answer is lost. */
export function loseAnswer(by: 'cut' | 'silence' = 'cut'): Fault {
  return (perform) => ({ ...perform(), broken: { at: 'head', by } })
}

/** Sends so many bytes of the body, which it says is longer. */
export function breakBody(at: number, by: 'cut' | 'silence'): Fault {
  return (perform) => ({ ...perform(), broken: { at, by } })
}

/** Does what was asked at once, and says so late. */
export function answerLate(ms: number): Fault {
  return (perform) => ({ ...perform(), afterMs: ms })
}

/** Sends a byte of the body wrong, which stands at this share of it, as a worn disk or a bad cable does. */
export function corrupt(share: number): Fault {
  return change(({ status, body }) => {
    const wrong = Buffer.from(body)
    const at = Math.floor(share * wrong.length)
    if (status < 300 && at < wrong.length) wrong[at] = (wrong[at] ?? 0) ^ 1
    return { body: wrong }
  })
}

/** Does what was asked, and answers something else. */
export function change(to: (answer: Answer) => Partial<Answer>): Fault {
  return (perform) => {
    const right = perform()
    return { ...right, ...to(right) }
  }
}

/** The same for an answer in XML, by its text. */
export function changeText(to: (xml: string) => string): Fault {
  return change(({ body }) => ({ body: Buffer.from(to(Buffer.from(body).toString())) }))
}

/** Answers as a proxy does that never asked S3. */
export function pretend(status: number, html = '<html><body>Welcome</body></html>'): Fault {
  return () => answer(status, { 'content-type': 'text/html' }, html)
}
