import { drawCharts } from './charts.ts'
import { followPage } from './live.ts'
import { rememberZone } from './remember-zone.ts'
import { offerThemes } from './themes.ts'

/** What makes a page livelier; all of it works without. Each of these may be done again when the page has changed. */
const liven = (): void => {
  drawCharts()
}

rememberZone()
offerThemes()
liven()
followPage(liven)
