package org.postern.lab.openflow;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.onlab.packet.VlanId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.driver.DriverHandler;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.criteria.Criterion;
import org.onosproject.net.flow.criteria.ExtensionCriterion;
import org.onosproject.net.flow.criteria.ExtensionSelectorType.ExtensionSelectorTypes;
import org.onosproject.openflow.controller.ExtensionSelectorInterpreter;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFMatchV3;
import org.projectfloodlight.openflow.protocol.match.Match;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.protocol.match.MatchFields;
import org.projectfloodlight.openflow.protocol.oxm.OFOxm;
import org.projectfloodlight.openflow.types.Masked;
import org.projectfloodlight.openflow.types.OFValueType;
import org.projectfloodlight.openflow.types.OFVlanVidMatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONOS traffic selectors as OpenFlow matches and back, field for field as ONOS's FlowModBuilder and
 * FlowEntryBuilder.
 *
 * <p>A criterion that ONOS does not encode (INNER_VLAN_VID among them) is logged and left out: the
 * rule goes to the switch broader than it was meant.
 */
final class SelectorCodec {
    private static final Logger LOG = LoggerFactory.getLogger(SelectorCodec.class);

    /** Fields of extensions that only a driver can put into words. */
    private static final Map<MatchFields, ExtensionField> EXTENSIONS =
            new EnumMap<>(MatchFields.class);

    static {
        extensionFields();
    }

    private SelectorCodec() {}

    private static void extensionFields() {
        EXTENSIONS.put(MatchFields.NSP, new ExtensionField(MatchField.NSP, null));
        EXTENSIONS.put(MatchFields.NSI, new ExtensionField(MatchField.NSI, null));
        EXTENSIONS.put(
                MatchFields.ENCAP_ETH_TYPE, new ExtensionField(MatchField.ENCAP_ETH_TYPE, null));
        EXTENSIONS.put(
                MatchFields.CONNTRACK_STATE,
                new ExtensionField(
                        MatchField.CONNTRACK_STATE,
                        ExtensionSelectorTypes.NICIRA_MATCH_CONNTRACK_STATE));
        EXTENSIONS.put(
                MatchFields.CONNTRACK_ZONE,
                new ExtensionField(
                        MatchField.CONNTRACK_ZONE,
                        ExtensionSelectorTypes.NICIRA_MATCH_CONNTRACK_ZONE));
        EXTENSIONS.put(
                MatchFields.CONNTRACK_MARK,
                new ExtensionField(
                        MatchField.CONNTRACK_MARK,
                        ExtensionSelectorTypes.NICIRA_MATCH_CONNTRACK_MARK));
    }

    /**
     * The OpenFlow match for a selector; criteria that ONOS does not encode are logged and missing
     * from it.
     */
    static Match encode(TrafficSelector selector, OFFactory factory, DriverHandler driver) {
        Match.Builder match = factory.buildMatch();
        for (Criterion criterion : selector.criteria()) {
            BiConsumer<Criterion, Match.Builder> encoder =
                    SelectorFields.ENCODERS.get(criterion.type());
            if (encoder != null) {
                encoder.accept(criterion, match);
            } else if (criterion.type() == Criterion.Type.EXTENSION) {
                encodeExtension((ExtensionCriterion) criterion, factory, driver, match);
            } else {
                LOG.warn("Match type {} not yet implemented.", criterion.type());
            }
        }
        return match.build();
    }

    /** The selector that reads an OpenFlow match back. */
    static TrafficSelector decode(Match match, DeviceId device, DriverHandler driver) {
        ExtensionSelectorInterpreter interpreter =
                driver.hasBehaviour(ExtensionSelectorInterpreter.class)
                        ? driver.behaviour(ExtensionSelectorInterpreter.class)
                        : null;
        TrafficSelector.Builder selector = DefaultTrafficSelector.builder();
        for (MatchField<?> field : match.getMatchFields()) {
            if (field.id == MatchFields.VLAN_VID) {
                decodeVlan(match, selector, device, interpreter);
            } else if (SelectorFields.DECODERS.containsKey(field.id)) {
                SelectorFields.DECODERS.get(field.id).accept(match, selector);
            } else if (EXTENSIONS.containsKey(field.id)) {
                decodeExtension(EXTENSIONS.get(field.id), match, selector, device, interpreter);
            } else {
                LOG.warn("Match type {} not yet implemented.", field.id);
            }
        }
        return selector.build();
    }

    private static void decodeVlan(
            Match match,
            TrafficSelector.Builder selector,
            DeviceId device,
            ExtensionSelectorInterpreter interpreter) {
        if (interpreter != null
                && interpreter.supported(ExtensionSelectorTypes.OFDPA_MATCH_VLAN_VID.type())) {
            selector.extension(
                    interpreter.mapOxm(((OFMatchV3) match).getOxmList().get(MatchField.VLAN_VID)),
                    device);
        } else if (match.isPartiallyMasked(MatchField.VLAN_VID)) {
            Masked<OFVlanVidMatch> masked = match.getMasked(MatchField.VLAN_VID);
            if (masked.getValue().equals(OFVlanVidMatch.PRESENT)
                    && masked.getMask().equals(OFVlanVidMatch.PRESENT)) {
                selector.matchVlanId(VlanId.ANY);
            }
        } else {
            OFVlanVidMatch vlan = match.get(MatchField.VLAN_VID);
            selector.matchVlanId(
                    vlan.isPresentBitSet() ? VlanId.vlanId(vlan.getVlan()) : VlanId.NONE);
        }
    }

    private static void encodeExtension(
            ExtensionCriterion criterion,
            OFFactory factory,
            DriverHandler driver,
            Match.Builder match) {
        OFOxm<?> oxm =
                driver.hasBehaviour(ExtensionSelectorInterpreter.class)
                        ? driver.behaviour(ExtensionSelectorInterpreter.class)
                                .mapSelector(factory, criterion.extensionSelector())
                        : null;
        if (oxm == null) {
            LOG.warn("Unable to build extension selector");
        } else {
            set(match, oxm);
        }
    }

    private static <F extends OFValueType<F>> void set(Match.Builder match, OFOxm<F> oxm) {
        if (oxm.isMasked()) {
            match.setMasked(oxm.getMatchField(), oxm.getValue(), oxm.getMask());
        } else {
            match.setExact(oxm.getMatchField(), oxm.getValue());
        }
    }

    private static void decodeExtension(
            ExtensionField field,
            Match match,
            TrafficSelector.Builder selector,
            DeviceId device,
            ExtensionSelectorInterpreter interpreter) {
        if (interpreter == null
                || field.required != null && !interpreter.supported(field.required.type())) {
            return;
        }
        try {
            selector.extension(
                    interpreter.mapOxm(((OFMatchV3) match).getOxmList().get(field.field)), device);
        } catch (UnsupportedOperationException e) {
            LOG.debug("The driver cannot read {}", field.field.id, e);
        }
    }

    /**
     * A field that the driver's interpreter reads, if it says it supports the type (null: no need
     * to ask).
     */
    private static final class ExtensionField {
        private final MatchField<?> field;
        private final ExtensionSelectorTypes required;

        ExtensionField(MatchField<?> field, ExtensionSelectorTypes required) {
            this.field = field;
            this.required = required;
        }
    }
}
