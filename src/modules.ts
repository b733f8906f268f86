import type { Module } from '#platform/http'
import { incidentsModule, recordFacts } from '#modules/incidents'
import { linkageModule, liveLinking, loadNameGroups, nameKeys } from '#modules/linkage'
import { organisationModule } from '#modules/organisation'
import { oversightModule } from '#modules/oversight'
import { peopleModule } from '#modules/people'
import { targetingModule } from '#modules/targeting'

/** Every module of the product, in the order of the navigation. Adding one is a folder and a line here. */
export const MODULES: readonly Module[] = [
  peopleModule(() => MODULES.flatMap((module) => module.personPanels ?? []), nameKeys(loadNameGroups()), recordFacts),
  targetingModule,
  linkageModule,
  incidentsModule(liveLinking),
  organisationModule,
  oversightModule,
]
