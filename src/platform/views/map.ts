import { geoIdentity, geoPath } from 'd3-geo'
import { scaleQuantize } from 'd3-scale'
import type { FeatureCollection, MultiPolygon, Polygon, Position } from 'geojson'
import { type Caption, figure, fingerprint, pictureWithTable, place } from './figure.ts'
import { type Html, html } from './html.ts'

export type Areas = FeatureCollection<Polygon | MultiPolygon>

export interface Choropleth extends Caption {
  readonly unit: string
  /** What one area is called, such as "Borough". */
  readonly area: string
  /** The property of each feature that holds its code, by which `values` speaks of it. */
  readonly codeProperty: string
  /** The property of each feature that holds its name. */
  readonly nameProperty: string
}

const SHADES = 5
const SIZE = { width: 720, height: 520 }
const LEGEND = 34

/**
 * Degrees drawn flat: eastings are shortened by the cosine of the middle latitude. Fine for a force area, and, unlike a
 * projection of the sphere, indifferent to which way round a ring is wound. Metres are left as they are.
 */
function flat(areas: Areas): Areas {
  const positions = areas.features.flatMap(({ geometry }) => rings(geometry).flat())
  if (positions.length === 0) throw new RangeError('There are no areas to draw.')
  if (positions.some(([x = 0, y = 0]) => Math.abs(x) > 180 || Math.abs(y) > 90)) return areas
  const latitudes = positions.map(([, y = 0]) => y)
  const south = latitudes.reduce((a, b) => Math.min(a, b))
  const north = latitudes.reduce((a, b) => Math.max(a, b))
  const shrink = Math.cos(((south + north) / 2) * (Math.PI / 180))
  const ring = (points: readonly Position[]): Position[] => points.map(([x = 0, y = 0]) => [x * shrink, y])
  return {
    ...areas,
    features: areas.features.map((feature) => ({
      ...feature,
      geometry:
        feature.geometry.type === 'Polygon'
          ? { type: 'Polygon', coordinates: feature.geometry.coordinates.map(ring) }
          : { type: 'MultiPolygon', coordinates: feature.geometry.coordinates.map((polygon) => polygon.map(ring)) },
    })),
  }
}

const rings = (geometry: Polygon | MultiPolygon): readonly Position[][] =>
  geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat()

/**
 * Areas shaded by a figure, in five even steps that the legend states. An area without a figure is hatched, and says so
 * in the table.
 *
 * @param areas GeoJSON in degrees, or in metres of the national grid.
 * @param values The figure of each area by its code; null or absent where there is none.
 * @throws RangeError when there are no areas, or when a value belongs to none of them.
 */
export function choropleth(
  areas: Areas,
  values: ReadonlyMap<string, number | null>,
  { unit, area, codeProperty, nameProperty, ...caption }: Choropleth,
): Html {
  const named = flat(areas).features.map((feature) => {
    const code = String(feature.properties?.[codeProperty] ?? '')
    return { feature, code, name: String(feature.properties?.[nameProperty] ?? code), value: values.get(code) ?? null }
  })
  const codes = new Set(named.map(({ code }) => code))
  const lost = [...values.keys()].filter((code) => !codes.has(code))
  if (lost.length > 0) throw new RangeError(`${caption.title}: no area has the code ${lost.join(', ')}.`)

  const hatch = `hatch-${fingerprint(caption.title)}`
  const known = named.map(({ value }) => value).filter((value) => value !== null)
  const low = known.length === 0 ? 0 : Math.min(...known)
  const high = known.length === 0 ? 1 : Math.max(...known)
  const shade = scaleQuantize<number>([low, high === low ? low + 1 : high], [...Array(SHADES).keys()]).nice()
  const projection = geoIdentity()
    .reflectY(true)
    .fitExtent(
      [
        [4, 4],
        [SIZE.width - 4, SIZE.height - LEGEND - 16],
      ],
      { type: 'FeatureCollection', features: named.map(({ feature }) => feature) },
    )
  const path = geoPath(projection).digits(1)
  const shapes = named.map(
    ({ feature, name, value }) =>
      html`<path
        class="dauntless-chart__area ${value !== null && `dauntless-shade-${shade(value)}`}"
        ${value === null && html`fill="url(#${hatch})"`}
        d="${path(feature) ?? ''}"
        ><title>${name}: ${value === null ? 'no figure' : figure(value)}</title></path
      >`,
  )
  const steps = shade.range().map((step) => shade.invertExtent(step))
  const width = (SIZE.width - 8) / (SHADES + 1)
  const top = SIZE.height - LEGEND
  const legend = [...steps.map(([from, to]) => `${figure(from)} to ${figure(to)}`), 'no figure'].map(
    (words, index) =>
      html`<g>
        <rect
          class="${index < SHADES && `dauntless-shade-${index}`}"
          ${index === SHADES && html`fill="url(#${hatch})"`}
          x="${place(4 + index * width)}"
          y="${top}"
          width="${place(width - 6)}"
          height="12"
        />
        <text x="${place(4 + index * width)}" y="${top + 28}" font-size="13">${words}</text>
      </g>`,
  )
  return pictureWithTable(
    caption,
    SIZE,
    html`<defs>
        <pattern id="${hatch}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="6" height="6" fill="#fff" />
          <rect width="2" height="6" fill="#8a92a0" />
        </pattern>
      </defs>
      ${shapes}${legend}`,
    {
      head: [
        { key: 'area', text: area },
        { key: 'value', text: unit.charAt(0).toUpperCase() + unit.slice(1), numeric: true },
      ],
      rows: named
        .toSorted(
          (a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity) || a.name.localeCompare(b.name, 'en-GB') || 0,
        )
        .map(({ name, value }) => [name, value === null ? 'no figure' : figure(value)]),
      rowHeader: true,
    },
  )
}
