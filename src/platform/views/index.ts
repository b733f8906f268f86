export { type Asset, type AssetPaths, assetPaths, assets } from './assets.ts'
export { type BarChart, barChart, type EgoNetwork, egoNetwork, type LineChart, lineChart } from './chart.ts'
export { govuk } from './components.ts'
export { type Caption } from './figure.ts'
export { CSRF_FIELD, csrfField, errorSummaryFor, type Problem, problemFor } from './form.ts'
export type * from './govuk.generated.ts'
export { Html, html, join, type Part } from './html.ts'
export {
  type Frame,
  type NavigationLink,
  notFoundPage,
  type Page,
  problemPage,
  renderMarkup,
  renderPage,
} from './layout.ts'
export { type Areas, type Choropleth, choropleth } from './map.ts'
export { type RiskGrade, riskMark, timeMark, type TimeStanding } from './marks.ts'
export { type TreeChart, treeChart } from './tree.ts'
export { type SignedBars, signedBarChart, type Waterfall, waterfallChart } from './waterfall.ts'
export { type Column, type DataTable, dataTable, type Direction, type Sort } from './table.ts'
