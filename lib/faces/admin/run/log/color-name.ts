const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']
/** As Anser tells them: the eight colors, and the eight bright ones. */
const KNOWN = [
  '0, 0, 0',
  '187, 0, 0',
  '0, 187, 0',
  '187, 187, 0',
  '0, 0, 187',
  '187, 0, 187',
  '0, 187, 187',
  '255,255,255',
  '85, 85, 85',
  '255, 85, 85',
  '0, 255, 0',
  '255, 255, 85',
  '85, 85, 255',
  '255, 85, 255',
  '85, 255, 255',
  '255, 255, 255',
].map(numbersOf)

/**
 * The nearest of the sixteen colors that the sheet has, each readable in both themes: `red`, `bright-blue`. A page may set no others, and
 * of 16 million many could not be read.
 */
export function colorName(rgb: string): string {
  const [r, g, b] = numbersOf(rgb)
  const far = KNOWN.map(([kr, kg, kb]) => (r - kr) ** 2 + (g - kg) ** 2 + (b - kb) ** 2)
  const at = far.indexOf(Math.min(...far))
  return `${at < NAMES.length ? '' : 'bright-'}${NAMES[at % NAMES.length]}`
}

function numbersOf(rgb: string): [number, number, number] {
  const [r = 0, g = 0, b = 0] = rgb.split(',').map(Number)
  return [r, g, b]
}
