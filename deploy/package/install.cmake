# What `cmake --install` puts where, and the Debian package (cpack -G DEB): deploy/README.md, "Install".
#
# Two components: `runtime`, for any prefix; `service`, whose files name /usr/bin and /etc, and which only the package has.
include(GNUInstallDirs)

install(TARGETS gtidops RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(DIRECTORY schemas/ DESTINATION ${CMAKE_INSTALL_DATADIR}/gtidops/schemas COMPONENT runtime FILES_MATCHING PATTERN "*.json")
install(DIRECTORY specs/examples DESTINATION ${CMAKE_INSTALL_DATADIR}/gtidops COMPONENT runtime)
install(FILES deploy/grants.sql DESTINATION ${CMAKE_INSTALL_DATADIR}/gtidops COMPONENT runtime)
install(FILES deploy/prometheus/gtidops.rules.yml deploy/prometheus/metrics.txt
        DESTINATION ${CMAKE_INSTALL_DATADIR}/gtidops/prometheus COMPONENT runtime)
install(FILES deploy/grafana/gtidops.json DESTINATION ${CMAKE_INSTALL_DATADIR}/gtidops/grafana COMPONENT runtime)
install(FILES deploy/man/gtidops.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
install(FILES deploy/man/gtidops.yaml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT runtime)
install(FILES deploy/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT runtime)

# The command line describes itself: the completions are made by the binary that was just built.
if(NOT CMAKE_CROSSCOMPILING)
  set(completions ${CMAKE_BINARY_DIR}/completions)
  file(MAKE_DIRECTORY ${completions})
  foreach(shell bash zsh fish)
    add_custom_command(TARGET gtidops POST_BUILD VERBATIM
                       COMMAND gtidops completion ${shell} > ${completions}/gtidops.${shell})
  endforeach()
  install(FILES ${completions}/gtidops.bash RENAME gtidops
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT runtime)
  install(FILES ${completions}/gtidops.zsh RENAME _gtidops
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT runtime)
  install(FILES ${completions}/gtidops.fish
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT runtime)
endif()

install(FILES deploy/systemd/gtidops.service DESTINATION /lib/systemd/system COMPONENT service EXCLUDE_FROM_ALL)
install(FILES deploy/systemd/gtidops.sysusers RENAME gtidops.conf DESTINATION /usr/lib/sysusers.d COMPONENT service
        EXCLUDE_FROM_ALL)
# Its group becomes gtidops when the package is configured: only then the group exists.
install(FILES deploy/systemd/gtidops.yaml DESTINATION /etc/gtidops COMPONENT service EXCLUDE_FROM_ALL
        PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gtidops)
set(CPACK_PACKAGE_CONTACT "gtidops <gtidops@localhost>" CACHE STRING "Who made the package")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "GitOps for MySQL replication topologies")
set(CPACK_PACKAGE_DESCRIPTION "Declares in YAML, in git, who is the primary of a MySQL topology and who replicates from whom, shows the
difference to the live servers as a plan, carries it out step by step, and proves the result: planned
switches without lost transactions, drift repaired, by hand or by a daemon.")
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};gtidops;runtime;/" "${CMAKE_BINARY_DIR};gtidops;service;/")
set(CPACK_SET_DESTDIR ON)  # for /etc and /lib
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# procps: kill, for `systemctl reload`.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "passwd, procps, tzdata")
# gpgv and ssh-keygen check signatures (git.verify).
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, gpgv, openssh-client")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(script postinst prerm postrm conffiles)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/deploy/package/${script})
endforeach()
include(CPack)
