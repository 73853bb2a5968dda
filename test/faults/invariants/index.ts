// Every invariant that is judged after a campaign. docs/reliability.md lists them with what shows each to be able to fail.
import type { Evidence } from '../evidence/interface.ts';
import { acceptedEnds, cancelWins, wholeRows } from './accepted.ts';
import { addressesAreOnes } from './addresses.ts';
import { batchesAreWhole } from './batches.ts';
import { everyEventOnce } from './events.ts';
import { asTheDatabaseSays, guestsOutliveDaemons, noOrphanGuests, ownIdentity, runsOnce } from './guests.ts';
import { basesStay, editsStay, sameBytes, storeHoldsPromises } from './images.ts';
import { instancesEnd } from './instances.ts';
import type { Invariant, Violation } from './interface.ts';
import { claimsFit, nothingIsLeft } from './leftovers.ts';
import { cacheOnly, everybodyListens, noDeadLetters, queuesAreOurs } from './messages.ts';
import { oneKeyOneTask, oneOrderOnePlan } from './once.ts';
import { noSecrets, refusedLeavesNothing } from './refusals.ts';
import { lastWordStands, onlyAllowedTransitions } from './transitions.ts';

export const INVARIANTS: readonly Invariant[] = [
  acceptedEnds, wholeRows, oneOrderOnePlan, oneKeyOneTask, lastWordStands, onlyAllowedTransitions, nothingIsLeft, ownIdentity, claimsFit, runsOnce, everybodyListens, noDeadLetters, queuesAreOurs,
  cacheOnly, sameBytes, storeHoldsPromises, basesStay, guestsOutliveDaemons, asTheDatabaseSays, noOrphanGuests, cancelWins, noSecrets, refusedLeavesNothing, editsStay, everyEventOnce, instancesEnd, addressesAreOnes, batchesAreWhole,
];

export function checkInvariants(evidence: Evidence): Violation[] {
  return INVARIANTS.flatMap((invariant) => invariant.check(evidence).map((says) => ({ invariant: invariant.id, says })));
}
