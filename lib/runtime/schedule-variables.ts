/** The variables that may stand in the schedule of a cron job, and no other. */
export function scheduleVariables(
  environment: Record<string, string | undefined> = process.env,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => /_(SCHEDULE|INTERVAL)$/.test(name)),
  )
}
