export { linkForce, loadNameGroups, nameKeys, readMentions, type LinkReport } from './batch.ts'
