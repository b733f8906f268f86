/** An offence as the source wrote it. Codes are kept as text because leading zeros and letters matter. */
export interface SourceOffence {
  seq: number
  code: string
  cjsCode?: string
  title: string
  outcomeCode?: string
  outcomeAt?: string
}

/** A person as this one record names them: a mention, not an identity. Linkage decides who is who. */
export interface SourceParty {
  seq: number
  mentionRef?: string
  role: 'victim' | 'suspect' | 'witness' | 'child' | 'other'
  nominal?: string
  forenames?: string
  surname?: string
  knownAs?: string
  /** ISO day. */
  dob?: string
  ageFrom?: number
  ageTo?: number
  sex?: 'M' | 'F' | 'U'
  ethnicity?: string
  language?: string
  address?: string
  postcode?: string
  phone?: string
  /** What this victim is to the suspect, in the source's (mapped) word. */
  relationship?: string
  arrestedAt?: string
  custodyRef?: string
  policeEmployee?: boolean
  /** Their address must not become known: it is safe, confidential or a refuge. */
  addressProtected?: boolean
}

/** One incident read from a source, ready to be kept. Times are ISO instants in UTC. */
export interface SourceRecord {
  source: string
  ref: string
  file: string
  /** First line of the record in its file, counting from 1 with the header. */
  line: number
  kind: 'crime' | 'non_crime'
  status: 'recorded' | 'cancelled' | 'no_crime' | 'transferred'
  domestic: boolean
  reportedAt: string
  committedFrom?: string
  committedTo?: string
  bcu?: string
  boroughCode?: string
  wardCode?: string
  place?: string
  address?: string
  postcode?: string
  lat?: number
  lon?: number
  channel?: string
  riskGrade?: 'standard' | 'medium' | 'high'
  flags: string[]
  summary?: string
  arrestMade?: boolean
  updatedAt?: string
  /** What the source says besides, in its own words, by name. */
  details?: Record<string, string>
  offences: SourceOffence[]
  parties: SourceParty[]
  relations: { victimSeq: number; suspectSeq: number; relationship: string }[]
  /** What this version does not speak of, where the parts of a record come apart: it stands as an earlier one told it. */
  untold?: ('offences' | 'persons')[]
  /** SHA-256 of the content; the same whatever the file, line, encoding or column order. */
  hash: string
}

/** A row as it stood in a file, with where it stood, so that it can be put right and read again. */
export interface KeptRow {
  table: string
  file: string
  line: number
  cells: string[]
}

/** All rows that one record is made of, and the headers of their files. */
export interface KeptRows {
  headers: Record<string, string[]>
  rows: KeptRow[]
}

/** A row, a field or (line 0) a whole file that could not be read, with the row kept for correction. */
export interface RowProblem {
  file: string
  line: number
  field: string
  reason: string
  row: string[]
  /** The row says that somebody on it is a police employee or has a protected address: nobody reads it but where it is put right at the source. */
  closed?: true
  /** True when the row was left out; false when its record was read without the bad value. */
  rejected: boolean
  /**
   * The rows of the record, shared by all of its problems. Absent when the row cannot be put right by itself: a whole
   * file, or a row that does not say which record it belongs to.
   */
  kept?: KeptRows
}

export interface Progress {
  file: string
  /** Bytes of the file as stored (compressed when it is compressed). */
  bytes: number
  totalBytes: number
  rows: number
}

/** What is not wrong, and yet should be known: files and columns that are not there, have another name or are not read. */
export interface Notice {
  /** Empty when it is about the whole. */
  file: string
  said: string
}

export type ImportItem =
  { record: SourceRecord } | { problem: RowProblem } | { progress: Progress } | { notice: Notice }

/** True when the problem is that a whole file was refused: none of its records are given. */
export function isRefusal(problem: RowProblem): boolean {
  return problem.line === 0
}
