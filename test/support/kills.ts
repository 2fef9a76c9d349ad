import { randomBytes } from 'node:crypto'

/**
 * How many random kills a test does: so many, unless `KILLS` says otherwise (`npm run test:kills` does 50). They tell more the
 * more there are, and take as much longer.
 */
export const killsOr = (usual: number): number => Number(process.env.KILLS ?? usual)

/** The same for the kills of what is done to stored files: `STORAGE_KILLS`, of which `npm run test:kills` does 200. */
export const storageKillsOr = (usual: number): number => Number(process.env.STORAGE_KILLS ?? usual)

/** What the randomness of a test grows from: `KILLS_SEED`, as a failure has told it, or another each time. */
export const killsSeed = (): string => process.env.KILLS_SEED ?? randomBytes(4).toString('hex')

/** The time for so many, where each takes so long at most. */
export const timeForKills = (kills: number, msEach: number): number => 60_000 + kills * msEach
