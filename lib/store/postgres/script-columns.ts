/** The columns of `s` that make a script. */
export const SCRIPT_COLUMNS = [
  'id',
  'projectId',
  'name',
  'label',
  'options',
  'staleAfterSeconds',
  'createdAt',
]
  .map((name) => `s."${name}"`)
  .join(', ')
