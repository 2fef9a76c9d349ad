/** How long a run that is being deleted is nobody else's while nothing is heard. */
export const DELETION_LEASE_SECONDS = 120
