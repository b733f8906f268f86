import type { FastifyInstance } from 'fastify'
import type { Action } from '#platform/access'
import type { Clock } from '#platform/clock'
import type { Pool, Tx } from '#platform/db'
import type { Html } from '#platform/views'

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

/** What a module's routes are handed. */
export interface RouteParts {
  readonly pool: Pool
  readonly clock: Clock
  /** Hands work that takes long to the worker. */
  readonly enqueue: (job: string, data: Record<string, string>) => Promise<void>
}

/** A fold of the person page, given by a module that stands above people. */
export interface PersonPanel {
  readonly order: number
  readonly render: (tx: Tx, personId: string, now: ReturnType<Clock['now']>) => Promise<Html | null>
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
}
