import { readdir, readFile } from 'node:fs/promises'
import { z } from 'zod'

const column = z.strictObject({
  /** Header names it is known by, the proper one first. Case, spaces and punctuation do not count. */
  names: z.array(z.string()).min(1),
  /** The column must be there, and a row whose value is blank or bad is refused. */
  required: z.boolean().default(false),
})

const table = z.strictObject({
  /** Start of the file name in a folder, whatever its case; not used for a single file. */
  file: z.string().default(''),
  required: z.boolean().default(true),
  columns: z.record(z.string(), column),
})

/** Fields that say who somebody is, or in whose words what happened is told. */
const NAMING =
  /(^|\.)(nominal|forenames|surname|knownAs|dob|phone|email|custodyRef|summary)$|^(victim|suspect|person)\.(address|postcode)$/

const form = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string(),
  /** `source` of its records: references are unique within it. */
  source: z.string(),
  layout: z.enum(['flat', 'trio', 'nibrs']),
  timeZone: z.string(),
  /** Orders in which a date may be written, tried in turn. */
  dates: z.array(z.enum(['ymd', 'dmy', 'mdy', 'd-mon-y'])).min(1),
  /** Public figures that name nobody: none of its columns says who anybody is. */
  nameless: z.boolean().default(false),
  /** Its records are invented, and may lie ahead of the clock. */
  anyDate: z.boolean().default(false),
  /** Sub-folders of a folder import that are not read. */
  ignoreFolders: z.array(z.string()).default([]),
  tables: z.record(z.string(), table),
  /** For each kind of value: what the source writes (case and punctuation do not count) and what is kept. */
  values: z.record(z.string(), z.record(z.string(), z.string())),
  /** Relationships (as kept) that make an incident domestic where there is no flag of it. */
  domesticRelationships: z.array(z.string()).default([]),
})
const profile = form.refine(
  ({ nameless, tables }) =>
    !nameless ||
    Object.values(tables).every(({ columns }) => !Object.keys(columns).some((field) => NAMING.test(field))),
  { message: 'a nameless profile has a column that names somebody' },
)

/** How one kind of source is read: data, not code. */
export type Profile = z.infer<typeof profile>
export type Table = z.infer<typeof table>

const FOLDER = new URL('../../../../data/import-profiles/', import.meta.url)

/** The names that `loadProfile` takes, in order. */
export async function profileNames(): Promise<string[]> {
  const files = await readdir(FOLDER)
  return files
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort()
}

/** The profile of that name. @throws RangeError when there is none; ZodError when its file is not a profile. */
export async function loadProfile(name: string): Promise<Profile> {
  const known = await profileNames()
  if (!known.includes(name)) throw new RangeError(`no import profile "${name}"; there are ${known.join(', ')}`)
  return profileFrom(JSON.parse(await readFile(new URL(`${name}.json`, FOLDER), 'utf8')))
}

/** A profile from parsed JSON, with its value maps made ready for look-up. @throws ZodError. */
export function profileFrom(json: unknown): Profile {
  const read = profile.parse(json)
  for (const [kind, map] of Object.entries(read.values)) {
    read.values[kind] = Object.fromEntries(Object.entries(map).map(([from, to]) => [plain(from), to]))
  }
  return read
}

/** The form in which header names and coded values are compared: lower case, letters and digits only. */
export function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}*]+/gu, '')
}
