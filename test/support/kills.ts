/**
 * How many random kills a test does: so many, unless `KILLS` says otherwise (`npm run test:kills` does 50). They tell more the
 * more there are, and take as much longer.
 */
export const killsOr = (usual: number): number => Number(process.env.KILLS ?? usual)

/** The time for so many, where each takes so long at most. */
export const timeForKills = (kills: number, msEach: number): number => 60_000 + kills * msEach
