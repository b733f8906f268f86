import { createServer, type Server } from 'node:http'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Pool } from '#platform/db'

/** A figure that is looked up when somebody asks for it. */
export interface Figure {
  /** "dauntless_jobs": a label must never hold an id or a name. */
  readonly name: string
  readonly help: string
  /** The name of its one label, if it has one. */
  readonly label?: string
  /** The values by label; a figure without a label gives its one value under ''. */
  readonly read: () => Promise<Readonly<Record<string, number>>> | Readonly<Record<string, number>>
}

export interface Metrics {
  /** Counts one answered request. @param route its template, never its address */
  readonly request: (method: string, route: string, status: number, seconds: number) => void
  add(figure: Figure): void
  /** Everything in the text form of Prometheus. A figure that cannot be read is left out. */
  text(): Promise<string>
  /** Serves `GET /metrics`. @throws Error when the port is taken */
  listen(port: number, host: string): Promise<Server>
}

// Seconds. A page is to take 0.3 at most (95%), so the steps are close there.
const STEPS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30]

/** A registry of its own, so that several can live in one process. */
export function openMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'dauntless_request_seconds',
    help: 'How long requests took, by route template and status',
    labelNames: ['method', 'route', 'status'],
    buckets: STEPS,
    registers: [registry],
  })
  return {
    request: (method, route, status, seconds) => requests.observe({ method, route, status: String(status) }, seconds),
    add({ name, help, label, read }) {
      const gauge = new Gauge({
        name,
        help,
        labelNames: label === undefined ? [] : [label],
        registers: [registry],
        async collect() {
          gauge.reset()
          const values = await Promise.resolve(read()).catch(() => ({}))
          if (label === undefined) gauge.remove()
          for (const [key, value] of Object.entries(values))
            gauge.set(label === undefined ? {} : { [label]: key }, value)
        },
      })
    },
    text: () => registry.metrics(),
    async listen(port, host) {
      const server = createServer((request, response) => {
        if (request.method !== 'GET' || request.url !== '/metrics') {
          response.writeHead(404).end()
          return
        }
        void registry.metrics().then(
          (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
          () => response.writeHead(500).end(),
        )
      })
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, resolve)
      })
      return server
    },
  }
}

/** How many connections of a pool are in use, idle and waited for. */
export function poolFigure(pools: Readonly<Record<string, Pool>>): Figure {
  return {
    name: 'dauntless_pool_connections',
    help: 'Database connections of this process, by pool and state',
    label: 'pool',
    read: () =>
      Object.fromEntries(
        Object.entries(pools).flatMap(([name, { totalCount, idleCount, waitingCount }]) => [
          [`${name} in use`, totalCount - idleCount],
          [`${name} idle`, idleCount],
          [`${name} waited for`, waitingCount],
        ]),
      ),
  }
}
