/** What the server will send. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: Uint8Array
  /** Sent up to here (a byte at least) and no further: then the connection is cut, or stays open without a word. `head`: not even the status. */
  broken?: { at: number | 'head'; by: 'cut' | 'silence' }
  /** Sent so many milliseconds after it was done. */
  afterMs?: number
}

export function answer(
  status: number,
  headers: Record<string, string> = {},
  body: Uint8Array | string = '',
): Answer {
  return { status, headers, body: typeof body === 'string' ? Buffer.from(body) : body }
}

export function xmlAnswer(root: string, content: string): Answer {
  return answer(200, { 'content-type': 'application/xml' }, toXml(root, content))
}

/** Refuses a request as S3 does. */
export class S3Error extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message = code) {
    super(message)
    this.status = status
    this.code = code
  }

  toAnswer(): Answer {
    const content = element('Code', this.code) + element('Message', this.message)
    return { ...xmlAnswer('Error', content), status: this.status }
  }
}

export function toXml(root: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`
}

export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`
}

/** The texts of every element of this name. */
export function textsOf(name: string, xml: string): string[] {
  const found = xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))
  return [...found].map(([, text]) => unescapeXml(text ?? ''))
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (decimal) return String.fromCodePoint(Number(decimal))
    return Object.keys(ENTITIES).find((sign) => ENTITIES[sign] === `&${name};`) ?? whole
  })
}
