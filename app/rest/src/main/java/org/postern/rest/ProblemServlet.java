package org.postern.rest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.servlet.RequestDispatcher;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/**
 * Answers what the web server refuses before the API is reached, a request without a password for
 * one, with problem details too. The server's own answer would be a page of HTML.
 */
public final class ProblemServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        Object path = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
        // asked for itself it is not part of the API
        ProblemType type =
                ProblemType.of(status instanceof Integer ? (Integer) status : 404)
                        .orElse(ProblemType.INTERNAL);
        response.setStatus(type.status());
        response.setContentType(Problem.MEDIA_TYPE);
        response.getOutputStream()
                .write(
                        new Problem(type, detail(type))
                                .json(path == null ? request.getRequestURI() : path.toString())
                                .toString()
                                .getBytes(StandardCharsets.UTF_8));
    }

    private static String detail(ProblemType type) {
        switch (type) {
            case UNAUTHENTICATED:
                return "send the name and password of a user of ONOS with the scheme Basic (RFC 7617)";
            case FORBIDDEN:
                return "the web server lets this user not see this: users need ONOS's role viewer,"
                        + " and to change something also admin; the API is below /onos/postern/v1";
            case NOT_FOUND:
                return "this path is not part of the API: see /onos/postern/v1/openapi.json for those that are";
            default:
                return "the web server refused the request before the API was reached";
        }
    }
}
