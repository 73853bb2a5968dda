// Memory of hosts and machines is counted in MiB.
export const MIB = 1024 ** 2;
