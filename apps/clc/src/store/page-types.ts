// Pages of lists, as the store's interface names them.

export interface PageOf<T> { items: T[]; next: string | null }
export interface PageRequest { limit: number; cursor?: string | undefined }
