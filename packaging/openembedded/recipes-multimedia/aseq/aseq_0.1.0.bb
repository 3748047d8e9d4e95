SUMMARY = "MIDI through the ALSA sequencer, without alsa-lib"
DESCRIPTION = "Plays, records, routes and shows MIDI through the ALSA sequencer of the kernel. It is a single program, and needs neither alsa-lib nor alsa.conf."
HOMEPAGE = "https://docs.rs/alsa-seq"
SECTION = "multimedia"
LICENSE = "MIT | Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE-MIT;md5=a0f9404047f539b29dea8926e35b2e11 \
                    file://LICENSE-APACHE;md5=3b83ef96387f14655fc854ddc3c6bd57 \
                    "

SRC_URI = "https://alsa-seq.example/releases/alsa-seq-${PV}.tar.xz;name=release \
           file://S50aseq \
           file://aseq-connect@.service \
           file://aseq-patch.service \
           file://aseq-record@.service \
           "

# sha256sum of the release at this address.
SRC_URI[release.sha256sum] = "0000000000000000000000000000000000000000000000000000000000000000"

S = "${UNPACKDIR}/alsa-seq-${PV}"

CVE_PRODUCT = "alsa-seq:aseq"

inherit bash-completion cargo cargo-update-recipe-crates systemd update-rc.d

require ${BPN}-crates.inc

# The lock file is the workspace's. The workspace has other packages, too.
CARGO_LOCK_PATH = "${S}/Cargo.lock"
CARGO_SRC_DIR = "cli"
CARGO_BUILD_FLAGS += "--features full"
# bitbake strips the program itself, and keeps the symbols in a separate package.
export CARGO_PROFILE_RELEASE_STRIP = "none"

SYSTEMD_SERVICE:${PN} = "aseq-connect@.service aseq-patch.service aseq-record@.service"
# Units with an @ are started with the name of a file in /etc/aseq.
SYSTEMD_AUTO_ENABLE:${PN} = "disable"

INITSCRIPT_NAME = "aseq"
INITSCRIPT_PARAMS = "defaults 50"

do_install:append() {
    # Licences of the crates in the program.
    install -D -m 0644 ${S}/LICENCES.txt ${D}${datadir}/${BPN}/LICENCES.txt
    install -d ${D}${mandir}/man1
    install -m 0644 ${S}/man/*.1 ${D}${mandir}/man1
    install -D -m 0644 ${S}/completions/aseq.bash ${D}${datadir}/bash-completion/completions/aseq
    install -D -m 0644 ${S}/completions/_aseq ${D}${datadir}/zsh/site-functions/_aseq
    install -D -m 0644 ${S}/completions/aseq.fish ${D}${datadir}/fish/vendor_completions.d/aseq.fish
    install -d ${D}${sysconfdir}/aseq/connect ${D}${sysconfdir}/aseq/patch \
        ${D}${sysconfdir}/aseq/record
    if ${@bb.utils.contains('DISTRO_FEATURES', 'systemd', 'true', 'false', d)}; then
        install -d ${D}${systemd_system_unitdir}
        install -m 0644 ${UNPACKDIR}/aseq-connect@.service ${D}${systemd_system_unitdir}
        install -m 0644 ${UNPACKDIR}/aseq-patch.service ${D}${systemd_system_unitdir}
        install -m 0644 ${UNPACKDIR}/aseq-record@.service ${D}${systemd_system_unitdir}
    fi
    if ${@bb.utils.contains('DISTRO_FEATURES', 'sysvinit', 'true', 'false', d)}; then
        install -D -m 0755 ${UNPACKDIR}/S50aseq ${D}${sysconfdir}/init.d/aseq
    fi
}

# bitbake puts manual pages into ${PN}-doc.
PACKAGE_BEFORE_PN += "${PN}-zsh-completion ${PN}-fish-completion"
FILES:${PN}-zsh-completion += "${datadir}/zsh"
FILES:${PN}-fish-completion += "${datadir}/fish"
RRECOMMENDS:${PN} = "kernel-module-snd-seq"
