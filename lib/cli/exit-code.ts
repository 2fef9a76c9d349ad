import type { ErrorCode } from '../run/errors.ts'

/** What a command ends with: 2 usage, 3 not found, 4 refused, 5 unreachable (cli page). */
export function exitCodeOf(code: ErrorCode): number {
  switch (code) {
    case 'invalid':
    case 'too_large':
      return 2
    case 'not_found':
      return 3
    case 'conflict':
    case 'lease_lost':
    case 'needs_approval':
    case 'unauthorized':
    case 'forbidden':
    case 'limited':
      return 4
    case 'unavailable':
      return 5
  }
}
