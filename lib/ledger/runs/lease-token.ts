import { z } from 'zod'
import type { Signer } from '../../ports/signer.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'

/** The opaque string a worker echoes; it carries run id, fence and the length of the lease, signed. */
export const LeaseToken = z
  .string()
  .min(1)
  .max(300)
  .meta({ description: 'As given by the claim or the start; says who holds the run' })

export interface Lease {
  id: string
  fence: number
  leaseSeconds: number
}

/** A token for a lease just taken. */
export function toLeaseToken(signer: Signer, { id, fence, leaseSeconds }: Lease): string {
  return signer.sign('lease', `${id}.${fence}.${leaseSeconds}`)
}

/** The lease a token stands for. Throws `invalid` when it is not one of ours, or another run's. */
export function fromLeaseToken(signer: Signer, token: string, expectedId?: string): Lease {
  const [id = '', fence = '', leaseSeconds = ''] = signer.verify('lease', token)?.split('.') ?? []
  if (!RunId.safeParse(id).success) throw refused('is not a lease token of this ledger')
  if (expectedId !== undefined && id !== expectedId) throw refused(`belongs to run ${id}`)
  return { id, fence: Number(fence), leaseSeconds: Number(leaseSeconds) }
}

function refused(message: string): LedgerError {
  return new LedgerError('invalid', `leaseToken: ${message}`, { issues: [{ path: 'leaseToken', message }] })
}
