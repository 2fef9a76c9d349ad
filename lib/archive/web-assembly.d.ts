/** What we use of it; Node's types leave it out. */
declare namespace WebAssembly {
  function instantiate<Exports>(
    bytes: Uint8Array,
    imports: Record<string, Record<string, (...values: number[]) => number>>,
  ): Promise<{ instance: { exports: Exports } }>
}
