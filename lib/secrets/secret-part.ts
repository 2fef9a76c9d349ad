import type { LogRange } from './log-view.ts'

/**
 * What of a finding of secretlint's preset is the secret itself: of some it gives more (all of a URL), and of an AWS secret key
 * its length from where its name begins. Null for what is not to be hidden by this.
 */
export function secretPart(rule: string, text: string, start: number, end: number): LogRange | null {
  // Those are hidden line by line, since their lines do not stand together.
  if (rule === 'PrivateKey') return null
  const part = PARTS[rule]?.exec(text.slice(start, end + BEYOND))?.indices?.[1]
  return part ? { start: start + part[0], end: start + part[1] } : { start, end }
}

const BEYOND = 200
const URL_PASSWORD = /^[^/]*:\/\/[^\s/:@]*:([^\s/@]*(?:@[^\s/?#@"'<>,;]*)*)@/d
const PARTS: Record<string, RegExp> = {
  AWSSecretAccessKey: /^[^:=]*(?:=>|[:=])\s*["']?([A-Za-z0-9+/=]{40})/d,
  BasicAuth: URL_PASSWORD,
  MongoDBConnection: URL_PASSWORD,
  MySQLConnection: URL_PASSWORD,
  PostgreSQLConnection: URL_PASSWORD,
}
