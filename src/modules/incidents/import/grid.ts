/** Semi-axes in metres. */
interface Ellipsoid {
  readonly a: number
  readonly b: number
}
const AIRY: Ellipsoid = { a: 6_377_563.396, b: 6_356_256.909 }
const WGS84: Ellipsoid = { a: 6_378_137, b: 6_356_752.314_245 }

// The National Grid: a transverse Mercator projection of the Airy ellipsoid.
const SCALE = 0.999_601_271_7
const ORIGIN = { lat: (49 * Math.PI) / 180, lon: (-2 * Math.PI) / 180, easting: 400_000, northing: -100_000 }

// From Airy to WGS84: metres, seconds of arc, parts per million.
const SHIFT = { x: 446.448, y: -125.157, z: 542.06, rx: 0.1502, ry: 0.247, rz: 0.8421, scale: -20.4894 }

const squaredEccentricity = ({ a, b }: Ellipsoid): number => 1 - (b * b) / (a * a)

/** Length of the meridian from the grid's origin to a latitude (radians), in metres of the grid. */
function meridian(lat: number): number {
  const n = (AIRY.a - AIRY.b) / (AIRY.a + AIRY.b)
  const [difference, sum] = [lat - ORIGIN.lat, lat + ORIGIN.lat]
  const terms =
    (1 + n + 1.25 * n ** 2 + 1.25 * n ** 3) * difference -
    (3 * n + 3 * n ** 2 + 2.625 * n ** 3) * Math.sin(difference) * Math.cos(sum) +
    1.875 * (n ** 2 + n ** 3) * Math.sin(2 * difference) * Math.cos(2 * sum) -
    (35 / 24) * n ** 3 * Math.sin(3 * difference) * Math.cos(3 * sum)
  return AIRY.b * SCALE * terms
}

/** A point of the National Grid as latitude and longitude on the Airy ellipsoid, in radians. */
function unproject(easting: number, northing: number): { lat: number; lon: number } {
  const e2 = squaredEccentricity(AIRY)
  let lat = ORIGIN.lat
  for (
    let left = northing - ORIGIN.northing;
    Math.abs(left) > 1e-5;
    left = northing - ORIGIN.northing - meridian(lat)
  ) {
    lat += left / (AIRY.a * SCALE)
  }
  const curve = 1 - e2 * Math.sin(lat) ** 2
  const nu = (AIRY.a * SCALE) / Math.sqrt(curve)
  const rho = (nu * (1 - e2)) / curve
  const eta2 = nu / rho - 1
  const t2 = Math.tan(lat) ** 2
  const d = (easting - ORIGIN.easting) / nu
  const perRho = (Math.tan(lat) * nu) / rho
  return {
    lat:
      lat -
      perRho *
        (d ** 2 / 2 -
          ((5 + 3 * t2 + eta2 - 9 * t2 * eta2) * d ** 4) / 24 +
          ((61 + 90 * t2 + 45 * t2 ** 2) * d ** 6) / 720),
    lon:
      ORIGIN.lon +
      (d - ((nu / rho + 2 * t2) * d ** 3) / 6 + ((5 + 28 * t2 + 24 * t2 ** 2) * d ** 5) / 120) / Math.cos(lat),
  }
}

/**
 * Where a point of the National Grid lies, for the map: degrees of WGS84, to about 5 metres.
 * Source: Ordnance Survey, "A guide to coordinate systems in Great Britain", annexes B and C, section 6.6.
 * @param easting metres @param northing metres
 */
export function fromGrid(easting: number, northing: number): { lat: number; lon: number } {
  const airy = unproject(easting, northing)
  const nu = AIRY.a / Math.sqrt(1 - squaredEccentricity(AIRY) * Math.sin(airy.lat) ** 2)
  const x = nu * Math.cos(airy.lat) * Math.cos(airy.lon)
  const y = nu * Math.cos(airy.lat) * Math.sin(airy.lon)
  const z = (1 - squaredEccentricity(AIRY)) * nu * Math.sin(airy.lat)
  const [rx, ry, rz] = [SHIFT.rx, SHIFT.ry, SHIFT.rz].map((seconds) => (seconds / 3600) * (Math.PI / 180)) as [number, number, number] // prettier-ignore
  const scale = 1 + SHIFT.scale / 1e6
  const [wx, wy, wz] = [
    SHIFT.x + x * scale - y * rz + z * ry,
    SHIFT.y + x * rz + y * scale - z * rx,
    SHIFT.z - x * ry + y * rx + z * scale,
  ]
  const e2 = squaredEccentricity(WGS84)
  const across = Math.hypot(wx, wy)
  let lat = Math.atan2(wz, across * (1 - e2))
  for (let round = 0; round < 5; round++) {
    lat = Math.atan2(wz + (e2 * WGS84.a * Math.sin(lat)) / Math.sqrt(1 - e2 * Math.sin(lat) ** 2), across)
  }
  return { lat: (lat * 180) / Math.PI, lon: (Math.atan2(wy, wx) * 180) / Math.PI }
}
