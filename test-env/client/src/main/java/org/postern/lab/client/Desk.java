package org.postern.lab.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.postern.client.ApiClient;
import org.postern.client.ApiException;
import org.postern.client.api.StatusApi;
import org.postern.client.api.SubscribersApi;
import org.postern.client.model.ListedSubscriber;
import org.postern.client.model.Problem;
import org.postern.client.model.QuarantineInput;
import org.postern.client.model.SubscriberChange;
import org.postern.client.model.SubscriberInput;
import org.postern.client.model.SubscriberPage;

/**
 * A day of the help desk by the generated client: lists, registers, quarantines, releases, is
 * refused, removes. Prints what came back as one JSON object, for the suite to judge.
 */
public final class Desk {
    /** So small that there are several pages. */
    private static final int PAGE = 1;

    private final SubscribersApi subscribers;
    private final StatusApi status;
    private final ObjectMapper mapper;

    private Desk(ApiClient client) {
        subscribers = new SubscribersApi(client);
        status = new StatusApi(client);
        mapper = client.getObjectMapper();
    }

    /**
     * Runs the day.
     *
     * @param arguments URL of the API, user, password, an attachment where nobody is
     * @throws ApiException if what has to succeed does not
     * @throws JsonProcessingException if what came back is not what the document says
     */
    public static void main(String[] arguments) throws ApiException, JsonProcessingException {
        String token =
                Base64.getEncoder()
                        .encodeToString(
                                (arguments[1] + ":" + arguments[2])
                                        .getBytes(StandardCharsets.UTF_8));
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        client.setRequestInterceptor(r -> r.header("Authorization", "Basic " + token));
        System.out.println(new Desk(client).day(arguments[3]));
    }

    private ObjectNode day(String attachment) throws ApiException, JsonProcessingException {
        ObjectNode told = mapper.createObjectNode();
        told.put("inForce", status.getStatus().getInForce());
        told.put("before", ids().toString());
        SubscriberInput input = new SubscriberInput().addAttachmentsItem(attachment);
        SubscriberChange added = subscribers.putSubscriber("desk", input, null, "*", "a new line");
        told.put("added", added.getPropertyClass());
        told.put("between", ids().toString());
        subscribers.quarantineSubscriber(
                "desk", new QuarantineInput().reason("called by the desk"), null);
        told.put("reason", subscribers.getQuarantine("desk", null, null).getReason());
        told.put("since", subscribers.getQuarantine("desk", null, null).getSince().toString());
        told.put("quarantined", subscribers.listQuarantines(null, null).getQuarantines().size());
        told.put(
                "released",
                subscribers.releaseSubscriber("desk", null, "cleaned").getQuarantine() == null);
        told.set(
                "stale",
                refusal(() -> subscribers.putSubscriber("desk", input, "\"old\"", null, null)));
        told.set(
                "malformed",
                refusal(
                        () ->
                                subscribers.putSubscriber(
                                        "desk",
                                        new SubscriberInput()
                                                .addAttachmentsItem(attachment)
                                                .addPrefixesItem("10.0.0.1/8"),
                                        null,
                                        null,
                                        null)));
        subscribers.deleteSubscriber("desk", null, "a test");
        told.set("gone", refusal(() -> subscribers.getSubscriber("desk", null, null)));
        return told;
    }

    /** Who is registered, page by page. */
    private List<String> ids() throws ApiException {
        List<String> ids = new ArrayList<>();
        String cursor = null;
        do {
            SubscriberPage page =
                    subscribers.listSubscribers(
                            PAGE, cursor, null, null, null, null, null, null, null, null, null);
            page.getSubscribers().stream().map(ListedSubscriber::getId).forEach(ids::add);
            cursor = page.getNext();
        } while (cursor != null);
        return ids;
    }

    private ObjectNode refusal(Call call) throws JsonProcessingException {
        try {
            call.make();
            throw new IllegalStateException("what had to be refused was done");
        } catch (ApiException e) {
            Problem problem = mapper.readValue(e.getResponseBody(), Problem.class);
            return mapper.createObjectNode()
                    .put("status", e.getCode())
                    .put("type", problem.getType())
                    .put("field", problem.getField())
                    .put("detail", problem.getDetail());
        }
    }

    /** A request. */
    private interface Call {
        /** Makes it. */
        void make() throws ApiException;
    }
}
