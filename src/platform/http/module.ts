import type { FastifyInstance } from 'fastify'
import type { Action } from '#platform/access'
import type { Clock } from '#platform/clock'
import type { Pool, Tx } from '#platform/db'
import type { Html } from '#platform/views'
import type { Subscriber } from '#platform/events'
import type { ApiRoute } from './api.ts'

export interface NavigationItem {
  readonly href: string
  readonly text: string
  /** Shown to those who may do this. */
  readonly action: Action
}

/** One thing on the first page after sign-in: what needs this person now. */
export interface TodayCard {
  readonly title: string
  readonly body: Html
  /** Lower comes first. */
  readonly order: number
}

/** What a job is handed: it runs in the worker, and may run again from the start after a crash, so it must be safe to repeat. */
export interface JobParts {
  /** Connected as dauntless_worker. */
  readonly pool: Pool
  readonly clock: Clock
  /** The data folder of the installation, for files that wait to be taken in. */
  readonly folder: string
  /** Aborted when the process is asked to stop: finish or leave off at a safe place. */
  readonly signal: AbortSignal
}
export type Job = (data: Record<string, string>, parts: JobParts) => Promise<void>

/** What a module's routes are handed. */
export interface RouteParts {
  readonly pool: Pool
  readonly clock: Clock
  /** The data folder of the installation, for files that wait to be taken in. */
  readonly folder: string
  /** Hands work that takes long to the worker: one of the modules' `jobs`, by name. Durable from the moment it resolves. */
  readonly enqueue: (job: string, data: Record<string, string>) => Promise<void>
}

/** A fold of the person page, given by a module that stands above people. All of a page are made at once: none waits for another. */
export interface PersonPanel {
  readonly order: number
  /** Whose work the panel is for; anybody's who may open the page when absent. */
  readonly action?: Action
  readonly render: (tx: Tx, page: PersonPanelPage) => Promise<Html | null>
}
/** The page that a panel is for. */
export interface PersonPanelPage {
  readonly personId: string
  readonly now: ReturnType<Clock['now']>
  /** Of whoever reads it. What they may read the database decides. */
  readonly roles: readonly string[]
}

/** What a module adds to the whole. The list of modules is `src/modules.ts`. */
export interface Module {
  readonly name: string
  readonly navigation?: readonly NavigationItem[]
  readonly routes?: (app: FastifyInstance, parts: RouteParts) => void
  readonly today?: readonly {
    readonly action: Action
    readonly card: (tx: Tx, now: ReturnType<Clock['now']>) => Promise<TodayCard | null>
  }[]
  readonly personPanels?: readonly PersonPanel[]
  readonly api?: readonly ApiRoute[]
  /** Listeners to what other modules tell. */
  readonly subscribers?: readonly Subscriber[]
  /** Work that takes long, by name ("incidents.import"). */
  readonly jobs?: Readonly<Record<string, Job>>
  /** Those of the jobs that are asked for once each London day, soon after midnight, without data. */
  readonly daily?: readonly string[]
}
