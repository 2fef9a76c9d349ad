/** An instant as the text that it is everywhere outside the database. */
export const iso = (time: string) =>
  `to_char(${time}::timestamptz(3) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
