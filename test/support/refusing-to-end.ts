/** From now on the database refuses to end these runs; what it gives back mends that. */
export async function refusingToEnd(
  raw: (sql: string) => Promise<unknown>,
  ...ids: string[]
): Promise<() => Promise<void>> {
  const these = ids.map((id) => `'${id}'`).join(', ')
  await raw(`CREATE OR REPLACE FUNCTION refuse_end() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'this row is bad'; END $$`)
  await raw(`CREATE TRIGGER refuse_end BEFORE UPDATE ON runs FOR EACH ROW
    WHEN (NEW.state = 'failed' AND NEW.id IN (${these})) EXECUTE FUNCTION refuse_end()`)
  return async () => void (await raw('DROP TRIGGER refuse_end ON runs'))
}
