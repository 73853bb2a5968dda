// Door of what keeps one nftables table of ours as it is wanted. Used by the cluster controller (forwards) and the node controller (guards of taps).
export { createNftTable, type Applied, type NftTable, type TableWanted } from './table.ts';
export { inOneGo } from './one-go.ts';
export { runNft, type NftRun } from './run-nft.ts';
