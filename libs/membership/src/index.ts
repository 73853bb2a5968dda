// Belonging to a cloud: registration, identity, epoch, heartbeats and what a daemon says of itself. Walrus, SC, CC and NC each make one.
export { createMembership, type Member, type Membership, type MembershipOptions, type Vitals } from './membership.ts';
export { createCloudTime, type CloudTime } from './cloud-time.ts';
export { readIdentity, writeIdentity, type Identity } from './identity.ts';
export { createInventoryReport, inventories, type InventoryDeps, type InventoryReport } from './inventory.ts';
export { hostFacts, hostVitals } from './host-vitals.ts';
