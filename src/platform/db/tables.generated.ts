// Rows of every table, read from the catalogue of a migrated database. Generated: do not edit.
// Made again by: node src/platform/db/write-schema.ts
import type { Temporal } from '#platform/clock'

/** Signs the acting context, so that an injected set_config cannot forge one. */
export interface AccessContextKey {
  readonly single: boolean
  readonly secret: Buffer
}

/** Signed tree heads, with the cosignature of the outside witness. */
export interface AuditCheckpoint {
  readonly size: number
  readonly root: Buffer
  readonly signed_at: Temporal.Instant
  readonly note: string
  readonly cosignature: string | null
}

/** DPA 2018 s.62 log. Subjects are people, objects are records. Sealed into a Merkle tree by audit.leaf. */
export interface AuditEntry {
  readonly id: string
  readonly xact: string
  readonly at: Temporal.Instant
  readonly actor: string
  readonly session_id: string | null
  readonly role: string
  readonly organisation: string
  readonly action:
    | 'collect'
    | 'alter'
    | 'consult'
    | 'disclose'
    | 'combine'
    | 'erase'
    | 'search'
    | 'refuse'
    | 'reveal'
    | 'claim'
    | 'breakglass'
    | 'export'
    | 'sign-in'
    | 'sign-out'
    | 'review'
  readonly purpose: string
  readonly reason: string
  readonly route: string
  readonly request_id: string | null
  readonly subjects: readonly string[]
  readonly objects: readonly string[]
  readonly detail: unknown
}

/** The place of each entry in the sealed log, and its RFC 6962 leaf hash. */
export interface AuditLeaf {
  readonly seq: number
  readonly entry_id: string
  readonly hash: Buffer
}

/** Somebody (or some service) who can sign in. What they may do comes from their postings. */
export interface AuthAccount {
  readonly id: string
  readonly issuer: string
  readonly subject: string
  readonly name: string
  readonly kind: 'person' | 'service'
  readonly demo: boolean
  readonly disabled_at: Temporal.Instant | null
  readonly created_at: Temporal.Instant
}

/** A sign-in that has gone to the provider and not come back yet. Used once, ten minutes at most. */
export interface AuthLogin {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly return_to: string
  readonly created_at: Temporal.Instant
}

/** A signed-in browser. Idle after 15 minutes, over after 10 hours (trust.md T12). */
export interface AuthSession {
  readonly id: string
  readonly account_id: string
  readonly token_hash: Buffer
  readonly csrf: string
  readonly user_agent: string
  readonly created_at: Temporal.Instant
  readonly last_seen_at: Temporal.Instant
  readonly step_up_at: Temporal.Instant | null
  readonly closed_at: Temporal.Instant | null
}

/** Jobs and events, written in the transaction of the change that causes them. Ids only. handed_at: when the queue took them. */
export interface EventsOutbox {
  readonly id: string
  readonly kind: 'job' | 'event'
  readonly name: string
  readonly subject: string | null
  readonly key: string | null
  readonly data: unknown
  readonly actor: string | null
  readonly at: Temporal.Instant
  readonly handed_at: Temporal.Instant | null
}

/** One run of an import: what was read and what came of it. */
export interface IncidentsBatch {
  readonly id: string
  readonly profile: string
  readonly source: string
  readonly started_by: string
  readonly started_at: Temporal.Instant
  readonly finished_at: Temporal.Instant | null
  readonly state: 'running' | 'done' | 'refused' | 'failed'
  readonly counts: unknown
  readonly said: string
  readonly upload_id: string | null
  readonly columns: unknown
}

/** The files of an import, by SHA-256 of their content. */
export interface IncidentsBatchFile {
  readonly batch_id: string
  readonly name: string
  readonly fingerprint: string
}

/** Columns that somebody chose by hand for a source, proposed for its next file. */
export interface IncidentsColumnMapping {
  readonly profile: string
  readonly columns: unknown
  readonly by_account: string
  readonly kept_at: Temporal.Instant
}

/** What was reported. One row a source reference; earlier versions in incident_version. reach: BCUs with a working relationship to anybody on it. */
export interface IncidentsIncident {
  readonly id: string
  readonly source: string
  readonly ref: string
  readonly kind: 'crime' | 'non_crime'
  readonly status: 'recorded' | 'cancelled' | 'no_crime' | 'transferred'
  readonly domestic: boolean
  readonly reported_at: Temporal.Instant
  readonly committed_from: Temporal.Instant | null
  readonly committed_to: Temporal.Instant | null
  readonly bcu_id: number
  readonly borough_code: string | null
  readonly ward_code: string | null
  readonly place: string | null
  readonly address: string | null
  readonly postcode: string | null
  readonly lat: number | null
  readonly lon: number | null
  readonly channel: string | null
  readonly risk_grade: 'standard' | 'medium' | 'high' | null
  readonly flags: readonly string[]
  readonly summary: string | null
  readonly arrest_made: boolean
  readonly source_updated_at: Temporal.Instant | null
  readonly hash: string
  readonly batch_id: string
  readonly reach: readonly number[]
  readonly sealed: boolean
  readonly recorded_at: Temporal.Instant
  readonly details: unknown
}

/** What a record said before a later version of it came in. */
export interface IncidentsIncidentVersion {
  readonly incident_id: string
  readonly replaced_at: Temporal.Instant
  readonly batch_id: string
  readonly was: unknown
}

/** Dyads over time: one row for each suspect, victim and domestic incident that stands (cancelled and no-crimed ones left out). Worked out from memberships; rebuilt after linkage. A suspect with no known victim has the zero id as victim. */
export interface IncidentsInvolvement {
  readonly suspect_id: string
  readonly victim_id: string
  readonly incident_id: string
  readonly reported_at: Temporal.Instant
  readonly relationship: string | null
  readonly harm_days: number
  readonly harm_max: number
  readonly harm_fallback: boolean
  readonly severe: boolean
  readonly arrested: boolean
  readonly bcu_id: number
  readonly borough_code: string | null
  readonly reach: readonly number[]
  readonly sealed: boolean
  readonly conduct: boolean
  readonly strangulation: boolean
  readonly threat: boolean
  readonly high_risk: boolean
  readonly again: boolean
}

/** All source rows of a record with something wrong: as corrected so far, and as they were last taken in. The row as it came stays in incidents.problem. */
export interface IncidentsKeptRecord {
  readonly id: string
  readonly batch_id: string
  readonly headers: unknown
  readonly rows: unknown
  readonly taken: unknown
  readonly said: string
  readonly sealed: boolean
}

/** Crimes recorded from an incident, all of them, principal or not, each with its own outcome. */
export interface IncidentsOffence {
  readonly incident_id: string
  readonly seq: number
  readonly code: string
  readonly cjs_code: string | null
  readonly title: string
  readonly outcome_code: string | null
  readonly outcome_at: Temporal.Instant | null
}

/** A row that could not be taken in, kept whole for correction. sealed: it names somebody sealed, and nobody reads it; names_police: it says that somebody on it is a police employee. */
export interface IncidentsProblem {
  readonly id: string
  readonly batch_id: string
  readonly file: string
  readonly line: number
  readonly field: string
  readonly reason: string
  readonly row: unknown
  readonly corrected_at: Temporal.Instant | null
  readonly kept_id: string | null
  readonly rejected: boolean
  readonly corrected_by: string | null
  readonly names_police: boolean
  readonly sealed: boolean
}

/** Where a record that names somebody with a protected address says it happened, and texts of it that give such an address, as it or an earlier version wrote them. The web role has no grant. */
export interface IncidentsProtectedPlace {
  readonly id: string
  readonly incident_id: string
  readonly said: unknown
  readonly at: Temporal.Instant
}

/** Files somebody offered on a page: what a dry run found, and the import that came of it. The files lie in the data folder until they are taken in. */
export interface IncidentsUpload {
  readonly id: string
  readonly profile: string
  readonly by_account: string
  readonly created_at: Temporal.Instant
  readonly state: 'looking' | 'ready' | 'queued' | 'running' | 'done' | 'refused' | 'failed' | 'removed'
  readonly columns: unknown
  readonly looked: unknown
  readonly progress: unknown
  readonly said: string
  readonly batch_id: string | null
}

/** The files of an upload, by SHA-256 of their content, with the encoding found. */
export interface IncidentsUploadFile {
  readonly upload_id: string
  readonly seq: number
  readonly name: string
  readonly bytes: number
  readonly fingerprint: string
  readonly encoding: string | null
}

/** Mentions that came, or were superseded, and were linked at once, in the order in which that was done: one linkage at a time writes here, so the next number is the largest and one, and a later number was committed later. What an index in memory reads on from. settled_at: when all that hang together with it were clustered again. */
export interface LinkageArrival {
  readonly seq: number
  readonly mention_id: string
  readonly at: Temporal.Instant
  readonly settled_at: Temporal.Instant | null
}

/** What a judgement says of pairs of mentions. Stands in every clustering until the judgement is withdrawn. */
export interface LinkageAssertion {
  readonly judgement_id: string
  readonly a: string
  readonly b: string
  readonly verdict: 'same' | 'different'
}

/** Pairs of mentions that the model would join (sure), or would have a person look at. reason: why somebody should; harm: how much a wrong answer may cost, 3 the most. levels and rarity: what the comparisons found, in the order of the model; rule: which of its blocking rules brought them together, from 0. */
export interface LinkageEdge {
  readonly a: string
  readonly b: string
  readonly weight: number
  readonly chance: number
  readonly band: 'link' | 'review'
  readonly run_id: string
  readonly sure: boolean
  readonly reason: string | null
  readonly harm: number
  readonly levels: readonly number[]
  readonly rarity: readonly number[]
  readonly rule: number
}

/** How often a value was written when the model was trained, for weighing rare ones; those met once are left out, and the empty value stands for all that were written. For the worker alone: a rare name says who is there. */
export interface LinkageFrequency {
  readonly model_id: string
  readonly field: string
  readonly value: string
  readonly count: number
}

/** What somebody said, once for each form sent, of two mentions, or of the two people they stand for. Never changed. second: somebody else is to answer too. round: 1 the first answer, 2 the second reader's, 3 a third reader's where those two differ. */
export interface LinkageJudgement {
  readonly id: string
  readonly kind: 'pair' | 'merge' | 'split'
  readonly a: string
  readonly b: string
  readonly answer: 'same' | 'different' | 'cannot say'
  readonly round: number
  readonly second: boolean
  readonly reason: string
  readonly by_account: string
  readonly at: Temporal.Instant
}

/** A linkage model with what it learned. A draft links nobody. Published without a name: the first of a force, made by a run because there was none. Holds probabilities, nothing of anybody and no count. */
export interface LinkageModel {
  readonly id: string
  readonly version: number
  readonly name: string
  readonly status: 'draft' | 'published' | 'retired'
  readonly spec: unknown
  readonly params: unknown
  readonly calibration: unknown
  readonly hash: string
  readonly trained_at: Temporal.Instant
  readonly trained_by: string
  readonly published_at: Temporal.Instant | null
  readonly published_by: string | null
  readonly retired_at: Temporal.Instant | null
}

/** Pairs of mentions that a draft would join or part, some of them, for whoever decides about it. */
export interface LinkageModelChange {
  readonly model_id: string
  readonly kind: 'join' | 'part'
  readonly a: string
  readonly b: string
}

/** What a model was trained on and how right it is, in counts of the whole force when it was trained: for those who look after the models. */
export interface LinkageModelReport {
  readonly model_id: string
  readonly trained_on: number
  readonly labels: unknown
  readonly report: unknown
}

/** One batch linkage: the model and its trained parameters, and what it did. */
export interface LinkageRun {
  readonly id: string
  readonly model: string
  readonly params: unknown
  readonly report: unknown
  readonly started_at: Temporal.Instant
  readonly finished_at: Temporal.Instant | null
  readonly model_id: string | null
}

/** A model that somebody asked to have trained, and how far it is. */
export interface LinkageTraining {
  readonly id: string
  readonly asked_by: string
  readonly asked_at: Temporal.Instant
  readonly said: string
  readonly model_id: string | null
  readonly finished_at: Temporal.Instant | null
}

/** A judgement taken back: by whom, when and why. What it said holds no longer. */
export interface LinkageWithdrawal {
  readonly judgement_id: string
  readonly reason: string
  readonly by_account: string
  readonly at: Temporal.Instant
}

/** Each load of the demonstration force. Without an end: it was cut short. */
export interface MetaDemo {
  readonly began_at: Temporal.Instant
  readonly scale: number
  readonly finished_at: Temporal.Instant | null
}

/** Which migrations this database has, with the SHA-256 of each file as it was applied. */
export interface MetaMigration {
  readonly name: string
  readonly sha256: string
  readonly at: Temporal.Instant
}

/** Partner agencies. Suspended: all of its people lose sight at once. */
export interface OrganisationAgency {
  readonly id: string
  readonly name: string
  readonly kind: 'idva_service' | 'council' | 'health' | 'probation' | 'housing' | 'refuge' | 'other'
  readonly suspended_at: Temporal.Instant | null
}

/** Basic Command Units. 0 holds records that came without one; only force-wide roles reach it. */
export interface OrganisationBcu {
  readonly id: number
  readonly code: string
  readonly name: string
}

/** London boroughs with display boundaries (ONS, OGL v3). */
export interface OrganisationBorough {
  readonly code: string
  readonly name: string
  readonly bcu_id: number
  readonly boundary: unknown
}

/** The police force this database belongs to. Synthetic: every person in it is invented, and every page says so. */
export interface OrganisationForce {
  readonly id: string
  readonly name: string
  readonly synthetic: boolean
}

/** The theme a Lead Responsible Officer owns force-wide. */
export interface OrganisationPortfolio {
  readonly id: string
  readonly account_id: string
  readonly theme: string
  readonly valid_from: Temporal.PlainDate
  readonly valid_to: Temporal.PlainDate | null
}

/** What somebody is, where, from one London midnight to another (valid_to is the first day without). */
export interface OrganisationPosting {
  readonly id: string
  readonly account_id: string
  readonly role:
    | 'investigator'
    | 'da_car'
    | 'safeguarding_supervisor'
    | 'disclosure_officer'
    | 'orders_officer'
    | 'analyst'
    | 'lead_responsible_officer'
    | 'idva'
    | 'partner'
    | 'professional_standards'
    | 'administrator'
    | 'auditor'
  readonly unit_id: string | null
  readonly agency_id: string | null
  readonly valid_from: Temporal.PlainDate
  readonly valid_to: Temporal.PlainDate | null
}

/** Teams people are posted to. Without a BCU the unit is force-wide. */
export interface OrganisationUnit {
  readonly id: string
  readonly kind: 'safeguarding' | 'da_car' | 'stalking' | 'professional_standards' | 'headquarters'
  readonly name: string
  readonly bcu_id: number | null
}

/** A record opened with a reason by somebody without a working relationship to it: a working day, or break-glass for 60 minutes and reviewed within 72 hours. */
export interface PeopleClaim {
  readonly id: string
  readonly account_id: string
  readonly person_id: string
  readonly kind: 'claim' | 'break_glass'
  readonly reason: string
  readonly at: Temporal.Instant
  readonly until: Temporal.Instant
  readonly review_due: Temporal.Instant | null
  readonly reviewed_by: string | null
  readonly reviewed_at: Temporal.Instant | null
  readonly finding: 'justified' | 'not_justified' | 'ask_more' | null
}

/** Who, or which model, said that mentions are or are not one person, when and why. */
export interface PeopleDecision {
  readonly id: string
  readonly kind: 'link' | 'merge' | 'split' | 'seal' | 'unseal'
  readonly by_account: string | null
  readonly model: string | null
  readonly reason: string
  readonly at: Temporal.Instant
}

/** A declared or detected conflict of interest. Wins over every grant. */
export interface PeopleExclusion {
  readonly id: string
  readonly account_id: string
  readonly person_id: string
  readonly reason: string
  readonly at: Temporal.Instant
  readonly ended_at: Temporal.Instant | null
}

/** How often one account may break the glass within so many hours; beyond it a duty supervisor is rung. Our choice: a force sets its own. */
export interface PeopleGlassLimit {
  readonly single: boolean
  readonly most: number
  readonly hours: number
}

/** Which person a mention is said to be, with valid times. Ended, never deleted. */
export interface PeopleMembership {
  readonly mention_id: string
  readonly person_id: string
  readonly weight: number | null
  readonly decision_id: string
  readonly from_at: Temporal.Instant
  readonly to_at: Temporal.Instant | null
}

/** A person as one source record wrote them. Never changed: a later version of the record supersedes it. reach and sealed are the record's. protected_place: their address must not become known; address, postcode and phone are in protected_contact. */
export interface PeopleMention {
  readonly id: string
  readonly record_id: string
  readonly seq: number
  readonly source: string
  readonly mention_ref: string | null
  readonly role: 'victim' | 'suspect' | 'witness' | 'child' | 'other'
  readonly nominal: string | null
  readonly forenames: string | null
  readonly surname: string | null
  readonly known_as: string | null
  readonly dob: Temporal.PlainDate | null
  readonly age_from: number | null
  readonly age_to: number | null
  readonly sex: 'M' | 'F' | 'U' | null
  readonly ethnicity: string | null
  readonly language: string | null
  readonly address: string | null
  readonly postcode: string | null
  readonly phone: string | null
  readonly relationship: string | null
  readonly arrested_at: Temporal.Instant | null
  readonly custody_ref: string | null
  readonly police_employee: boolean
  readonly reach: readonly number[]
  readonly sealed: boolean
  readonly recorded_at: Temporal.Instant
  readonly superseded_at: Temporal.Instant | null
  readonly protected_place: boolean
}

/** An identity that a set of mentions share. Name, dob and sex are the best of its mentions, worked out at linkage. reach: the BCUs with a record that touches it. */
export interface PeoplePerson {
  readonly id: string
  readonly name: string
  readonly dob: Temporal.PlainDate | null
  readonly sex: 'M' | 'F' | 'U' | null
  readonly roles: readonly string[]
  readonly incidents: number
  readonly reach: readonly number[]
  readonly sealed: boolean
  readonly merged_into: string | null
  readonly made_at: Temporal.Instant
}

/** How to reach somebody whose address must not become known (safe, confidential, a refuge), as one record wrote it. The web role has no grant. */
export interface PeopleProtectedContact {
  readonly mention_id: string
  readonly address: string | null
  readonly postcode: string | null
  readonly phone: string | null
}

/** The named staff who alone see a sealed person. To everybody else the person is absent. Ended, never deleted. */
export interface PeopleSealReader {
  readonly person_id: string
  readonly account_id: string
  readonly reason: string
  readonly by_account: string
  readonly at: Temporal.Instant
  readonly ended_at: Temporal.Instant | null
  readonly ended_by: string | null
}

/** What a person can be found by: name parts (canonical), sounds, dates of birth, phones, postcodes, references. Rebuilt with the person. */
export interface PeopleSearchKey {
  readonly kind: 'name' | 'sound' | 'dob' | 'phone' | 'postcode' | 'address' | 'ref'
  readonly value: string
  readonly person_id: string
}

/** What one agency may see of one person: fields, purpose, lawful basis, who decided, until when. Ended, never deleted. operation_id: made with the form, so that one sent twice shares once. */
export interface PeopleShare {
  readonly id: string
  readonly agency_id: string
  readonly person_id: string
  readonly fields: readonly string[]
  readonly purpose: string
  readonly basis: string
  readonly decided_by: string
  readonly at: Temporal.Instant
  readonly until: Temporal.Instant
  readonly ended_at: Temporal.Instant | null
  readonly operation_id: string | null
  readonly ended_by: string | null
  readonly end_reason: string
}

/** A named person chose, or refused, somebody as a target, with a reason and a review date. Later choices supersede earlier ones; none is edited. */
export interface TargetingChoice {
  readonly id: string
  readonly person_id: string
  readonly decision: 'target' | 'refuse'
  readonly reason: string
  readonly review_on: Temporal.PlainDate
  readonly score: unknown
  readonly operation_id: string
  readonly by_account: string
  readonly at: Temporal.Instant
  readonly reach: readonly number[]
}

/** Days of harm for an offence, by version. fallback: the median of its subgroup stands in for a value that was not found. */
export interface TargetingHarmWeight {
  readonly version: string
  readonly code: string
  readonly days: number
  readonly fallback: boolean
  readonly source: string
  readonly verified_by: string | null
}

/** The latest score of each suspect, with the signs that the days of harm weigh little, as counts of records. lifted: the signs raised gravity above what the days make. Orders a list; decides nothing. Expires after 28 days. */
export interface TargetingScore {
  readonly person_id: string
  readonly total: number
  readonly recency: number
  readonly frequency: number
  readonly gravity: number
  readonly victims: number
  readonly incidents_24m: number
  readonly harm_days: number
  readonly harm_max: number
  readonly harm_fallback: boolean
  readonly victims_36m: number
  readonly last_at: Temporal.Instant
  readonly serial: boolean
  readonly escalating: boolean
  readonly unarrested: boolean
  readonly bcus: readonly number[]
  readonly boroughs: readonly string[]
  readonly reach: readonly number[]
  readonly sealed: boolean
  readonly conduct_36m: number
  readonly strangulation_36m: number
  readonly threats_36m: number
  readonly high_risk_36m: number
  readonly lifted: boolean
}

/** When the force was last scored and by which rules: one row, which every score is as at. */
export interface TargetingScoring {
  readonly one: boolean
  readonly version: string
  readonly scored_at: Temporal.Instant
}

/** Every table by the name that SQL says. */
export interface Tables {
  readonly 'access.context_key': AccessContextKey
  readonly 'audit.checkpoint': AuditCheckpoint
  readonly 'audit.entry': AuditEntry
  readonly 'audit.leaf': AuditLeaf
  readonly 'auth.account': AuthAccount
  readonly 'auth.login': AuthLogin
  readonly 'auth.session': AuthSession
  readonly 'events.outbox': EventsOutbox
  readonly 'incidents.batch': IncidentsBatch
  readonly 'incidents.batch_file': IncidentsBatchFile
  readonly 'incidents.column_mapping': IncidentsColumnMapping
  readonly 'incidents.incident': IncidentsIncident
  readonly 'incidents.incident_version': IncidentsIncidentVersion
  readonly 'incidents.involvement': IncidentsInvolvement
  readonly 'incidents.kept_record': IncidentsKeptRecord
  readonly 'incidents.offence': IncidentsOffence
  readonly 'incidents.problem': IncidentsProblem
  readonly 'incidents.protected_place': IncidentsProtectedPlace
  readonly 'incidents.upload': IncidentsUpload
  readonly 'incidents.upload_file': IncidentsUploadFile
  readonly 'linkage.arrival': LinkageArrival
  readonly 'linkage.assertion': LinkageAssertion
  readonly 'linkage.edge': LinkageEdge
  readonly 'linkage.frequency': LinkageFrequency
  readonly 'linkage.judgement': LinkageJudgement
  readonly 'linkage.model': LinkageModel
  readonly 'linkage.model_change': LinkageModelChange
  readonly 'linkage.model_report': LinkageModelReport
  readonly 'linkage.run': LinkageRun
  readonly 'linkage.training': LinkageTraining
  readonly 'linkage.withdrawal': LinkageWithdrawal
  readonly 'meta.demo': MetaDemo
  readonly 'meta.migration': MetaMigration
  readonly 'organisation.agency': OrganisationAgency
  readonly 'organisation.bcu': OrganisationBcu
  readonly 'organisation.borough': OrganisationBorough
  readonly 'organisation.force': OrganisationForce
  readonly 'organisation.portfolio': OrganisationPortfolio
  readonly 'organisation.posting': OrganisationPosting
  readonly 'organisation.unit': OrganisationUnit
  readonly 'people.claim': PeopleClaim
  readonly 'people.decision': PeopleDecision
  readonly 'people.exclusion': PeopleExclusion
  readonly 'people.glass_limit': PeopleGlassLimit
  readonly 'people.membership': PeopleMembership
  readonly 'people.mention': PeopleMention
  readonly 'people.person': PeoplePerson
  readonly 'people.protected_contact': PeopleProtectedContact
  readonly 'people.seal_reader': PeopleSealReader
  readonly 'people.search_key': PeopleSearchKey
  readonly 'people.share': PeopleShare
  readonly 'targeting.choice': TargetingChoice
  readonly 'targeting.harm_weight': TargetingHarmWeight
  readonly 'targeting.score': TargetingScore
  readonly 'targeting.scoring': TargetingScoring
}
