/* A cache or a translation buffer as sets of lines, the least recently used of which leaves. Used by profiler.c. */
#ifndef CACHES_H
#define CACHES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Sets of `ways` entries, the most recently used first. An entry is a line's number plus one; 0 is empty. */
struct cache {
    uint64_t *entries;
    bool *dirty;
    uint64_t sets;
    int ways;
};

static void make(struct cache *cache, uint64_t sets, int ways)
{
    cache->sets = sets;
    cache->ways = ways;
    cache->entries = calloc(sets * ways, sizeof *cache->entries);
    cache->dirty = calloc(sets * ways, sizeof *cache->dirty);
    if (!cache->entries || !cache->dirty) {
        abort();
    }
}

/* Look a line up and make it the most recent one of its set. Returns whether it was there; a dirty line that had to
 * leave for it is handed back in `evicted` (its number plus one). */
static bool touch(struct cache *cache, uint64_t line, bool write, uint64_t *evicted)
{
    uint64_t *entry = cache->entries + (line % cache->sets) * cache->ways;
    bool *dirty = cache->dirty + (line % cache->sets) * cache->ways;
    int place = 0;
    while (place < cache->ways && entry[place] != line + 1) {
        place++;
    }
    bool hit = place < cache->ways;
    bool was_dirty = hit && dirty[place];
    *evicted = 0;
    if (!hit) {
        place = cache->ways - 1;
        if (entry[place] && dirty[place]) {
            *evicted = entry[place];
        }
    }
    memmove(entry + 1, entry, place * sizeof *entry);
    memmove(dirty + 1, dirty, place * sizeof *dirty);
    entry[0] = line + 1;
    dirty[0] = was_dirty || write;
    return hit;
}

#endif
