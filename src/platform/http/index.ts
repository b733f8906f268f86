export { drainOf } from './drain.ts'
export { buildServer, checkCsrf, stackOf, type ServerParts, type AppRequest, type Site } from './server.ts'
export { pageReply, scopeOf, frameOf } from './page.ts'
export { field, formProblems, idIn, isId } from './form.ts'
export { apiRoute, openApi, serveApi, type ApiRoute } from './api.ts'
export type {
  Job,
  JobParts,
  NavigationItem,
  Module,
  TodayCard,
  PersonPanel,
  PersonPanelPage,
  RouteParts,
} from './module.ts'
