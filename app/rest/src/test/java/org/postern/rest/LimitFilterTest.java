package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Ticker;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LimitFilterTest {
    private static final String HOME = "{\"attachments\":[\"of:0000000000000001/4\"]}";

    private Isp isp;

    @BeforeEach
    void start() throws Exception {
        isp = new Isp();
    }

    @AfterEach
    void stop() {
        isp.close();
    }

    @Test
    void whoAsksTooOftenWaitsAndOthersDoNot() throws Exception {
        isp.limit(5, 20);
        for (int i = 0; i < 20; i++) {
            isp.get("/subscribers/nobody").by("vic").gives(404);
        }
        Isp.Answer refused = isp.get("/classes").by("vic").gives(429);
        assertEquals("1", refused.header("Retry-After"));
        isp.get("/classes").by("ada").gives(200);
        isp.nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        for (int i = 0; i < 5; i++) {
            isp.get("/classes").by("vic").gives(200);
        }
        isp.get("/classes").by("vic").gives(429);
    }

    @Test
    void bucketFillsAtItsRateUpToItsSize() {
        AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
        TokenBuckets buckets =
                new TokenBuckets(
                        new Ticker() {
                            @Override
                            public long read() {
                                return now.get();
                            }
                        });
        for (int i = 0; i < 3; i++) {
            assertEquals(Duration.ZERO, buckets.take("ada", 2, 3));
        }
        assertEquals(Duration.ofMillis(500), buckets.take("ada", 2, 3));
        // the counter of nanoseconds overflows in between
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(400));
        assertEquals(Duration.ofMillis(100), buckets.take("ada", 2, 3));
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(100));
        assertEquals(Duration.ZERO, buckets.take("ada", 2, 3));
        now.addAndGet(TimeUnit.HOURS.toNanos(1));
        for (int i = 0; i < 3; i++) {
            assertEquals(Duration.ZERO, buckets.take("ada", 2, 3));
        }
        assertTrue(buckets.take("ada", 2, 3).compareTo(Duration.ZERO) > 0);
        assertEquals(Duration.ZERO, buckets.take("vic", 2, 3));
    }

    @Test
    void bucketOfWhoIsForgottenIsFull() {
        TokenBuckets buckets = new TokenBuckets(Ticker.systemTicker());
        assertEquals(Duration.ZERO, buckets.take("ada", 1, 1));
        for (int i = 0; i < 1_000; i++) {
            buckets.take("user" + i, 1, 1);
        }
        assertEquals(Duration.ZERO, buckets.take("ada", 1, 1));
    }

    @Test
    void bodyOfAMebibyteIsReadAndALargerOneIsNot() throws Exception {
        int room = (int) RequestLimits.LARGEST_BODY - HOME.length();
        isp.put("/subscribers/home", HOME + " ".repeat(room)).gives(201);
        isp.put("/subscribers/home2", HOME + " ".repeat(room + 1)).gives(413);
        assertEquals(1, isp.directory.orders.size());
    }

    @Test
    void bodyThatDoesNotSayItsLengthIsBoundedToo() throws Exception {
        byte[] body = (HOME + " ".repeat((int) RequestLimits.LARGEST_BODY)).getBytes();
        HttpRequest.BodyPublisher publisher =
                HttpRequest.BodyPublishers.ofByteArrays(List.of(body));
        isp.call("PUT", "/subscribers/home").chunked(publisher).gives(413);
        assertEquals(List.of(), isp.directory.orders);
        isp.call("PUT", "/subscribers/home")
                .chunked(HttpRequest.BodyPublishers.ofByteArrays(List.of(HOME.getBytes())))
                .gives(201);
    }
}
