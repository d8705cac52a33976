package org.postern.rest;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many requests each user may make: a bucket of tokens (as in RFC 2697) that is filled at a
 * rate and holds so many at most. A request takes one.
 */
final class TokenBuckets {
    /**
     * Users whose buckets are remembered; whoever asked longest ago is forgotten, with a full one.
     */
    private static final int USERS = 1_000;

    private static final double NANOS = 1e9;

    private final Ticker ticker;
    private final Map<String, Bucket> buckets =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
                    return size() > USERS;
                }
            };

    /**
     * Creates buckets, all full.
     *
     * @param ticker the clock; nanoseconds that only grow
     */
    TokenBuckets(Ticker ticker) {
        this.ticker = ticker;
    }

    /**
     * Takes a token for a request.
     *
     * @param user who makes it
     * @param rate tokens that come a second, at least 1
     * @param burst tokens that a bucket holds, at least 1
     * @return zero if there was one; else how long it is until there is
     */
    synchronized Duration take(String user, int rate, int burst) {
        long now = ticker.read();
        Bucket bucket = buckets.computeIfAbsent(user, name -> new Bucket(burst, now));
        bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.since) / NANOS * rate);
        bucket.since = now;
        if (bucket.tokens >= 1) {
            bucket.tokens--;
            return Duration.ZERO;
        }
        return Duration.ofNanos((long) Math.ceil((1 - bucket.tokens) / rate * NANOS));
    }

    /** What one user has left. */
    private static final class Bucket {
        private double tokens;
        private long since;

        private Bucket(double tokens, long since) {
            this.tokens = tokens;
            this.since = since;
        }
    }
}
