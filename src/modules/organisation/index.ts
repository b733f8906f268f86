export { BCUS, SERVICE_ACCOUNT, seedDemoPeople, seedForce } from './seed.ts'
export { organisationModule } from './routes.ts'
export { boroughs, bcus, type Bcu, type Borough } from './store.ts'
