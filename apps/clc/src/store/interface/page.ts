// Pages of lists, as the stores of ../interface give them.

export interface PageOf<T> { items: T[]; next: string | null }
export interface PageRequest { limit: number; cursor?: string | undefined }
