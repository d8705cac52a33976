/**
 * Surveys of many providers: do their submission servers demand authentication? Nothing here needs
 * ONOS.
 *
 * <p>In the order of use: a {@link org.postern.survey.SurveyJob} reads its {@link
 * org.postern.survey.Target}s by {@link org.postern.survey.TargetFile}, asks those whom its {@code
 * Journal} does not have yet (or all, and keeps them in {@code Memory}), and makes {@code Row}s of
 * all; a {@link org.postern.survey.SurveyResult} tells them as a table, and {@code Sheets} write
 * them to files; {@code Earlier} is what they are compared with.
 */
package org.postern.survey;
