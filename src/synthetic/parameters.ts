import { readFileSync } from 'node:fs'

/** The generator's numbers, each read from `data/synthetic/london-generator-parameters.json` by its path. */
export interface Parameters {
  /** One number, such as `noise.sex_wrong`. @throws RangeError when the file has none at that path. */
  readonly number: (path: string) => number
  /** A low and a high bound. */
  readonly range: (path: string) => readonly [number, number]
  /** Named shares, in the order of the file. */
  readonly shares: (path: string) => readonly (readonly [string, number])[]
}

/** Reads the parameter file. */
export function readParameters(file: URL): Parameters {
  const root: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const at = (path: string): unknown => {
    let value = root
    for (const key of path.split('.')) value = field(value, key)
    return isRecord(value) && 'value' in value ? value['value'] : value
  }
  return {
    number: (path) => numberAt(at(path), path),
    range: (path) => {
      const value: unknown = at(path)
      if (!Array.isArray(value)) throw new RangeError(`no range at ${path}`)
      return [numberAt(value[0], path), numberAt(value[1], path)]
    },
    shares: (path) => {
      const value = at(path)
      if (!isRecord(value)) throw new RangeError(`no shares at ${path}`)
      return Object.entries(value).map(([name, share]) => [name, numberAt(share, `${path}.${name}`)] as const)
    },
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function field(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined
}

function numberAt(value: unknown, path: string): number {
  if (typeof value !== 'number') throw new RangeError(`no number at ${path}`)
  return value
}
