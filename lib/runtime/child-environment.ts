/**
 * The environment of a command that runs as a run: ours, and the run's id, by which the command can name its run, and by
 * which whatever it left behind is found when the run is ended.
 */
export function childEnvironment(runId: string): { env: NodeJS.ProcessEnv; marker: string } {
  return { env: { ...process.env, RUNLEDGER_RUN_ID: runId }, marker: `RUNLEDGER_RUN_ID=${runId}` }
}
