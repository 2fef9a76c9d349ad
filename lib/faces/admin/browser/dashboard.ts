import { followAsked } from './asked.ts'
import { drawCharts } from './charts.ts'
import { offerCopies } from './copy.ts'
import { followPage } from './live.ts'
import { openLogs } from './logs.ts'
import { rememberZone } from './remember-zone.ts'
import { searchOn } from './search-on.ts'
import { showSection } from './show-section.ts'
import { offerThemes } from './themes.ts'
import { followTicks } from './ticks.ts'

/** What makes a page livelier; all of it works without. Each of these may be done again when the page has changed. */
const liven = (): void => {
  drawCharts()
  openLogs()
  followTicks()
  offerCopies()
}

rememberZone()
offerThemes()
showSection()
followAsked()
liven()
followPage(liven)
void searchOn()
