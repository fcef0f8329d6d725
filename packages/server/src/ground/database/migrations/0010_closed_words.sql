-- Columns that hold words of a known list say so: readers have the list as their type, and a writer that strays is
-- refused here instead of being met by a reader.

alter table api_keys
  add constraint api_keys_login_type_check check (login_type in ('password', 'github', 'oidc', 'token', 'none'));
alter table templates
  add constraint templates_cors_behavior_check check (cors_behavior in ('simple', 'passthru')),
  add constraint templates_max_port_sharing_level_check
    check (max_port_sharing_level in ('owner', 'authenticated', 'organization', 'public'));
alter table template_versions
  add constraint template_versions_engine_check check (engine in ('process', 'docker', 'kubernetes', 'terraform'));
alter table template_version_parameters
  add constraint template_version_parameters_type_check check (type in ('string', 'number', 'bool', 'list(string)')),
  add constraint template_version_parameters_form_type_check
    check (form_type in ('', 'radio', 'slider', 'input', 'dropdown', 'checkbox', 'switch', 'multi-select', 'tag-select', 'textarea', 'error')),
  add constraint template_version_parameters_monotonic_check check (validation_monotonic in ('', 'increasing', 'decreasing'));
alter table template_version_variables
  add constraint template_version_variables_type_check check (type in ('string', 'number', 'bool', 'list(string)'));
alter table provisioner_jobs
  add constraint provisioner_jobs_error_code_check
    check (error_code in ('REQUIRED_TEMPLATE_VARIABLES', 'MISSING_TEMPLATE_PARAMETER', 'INSUFFICIENT_QUOTA'));
alter table provisioner_job_logs
  add constraint provisioner_job_logs_source_check check (source in ('provisioner', 'provisioner_daemon')),
  add constraint provisioner_job_logs_level_check check (level in ('trace', 'debug', 'info', 'warn', 'error'));
alter table provisioner_job_timings
  add constraint provisioner_job_timings_stage_check check (stage in ('init', 'plan', 'graph', 'apply'));
alter table workspace_builds
  add constraint workspace_builds_reason_check
    check (reason in ('autostart', 'autostop', 'cli', 'dashboard', 'dormancy', 'initiator', 'jetbrains_connection', 'ssh_connection',
      'task_auto_pause', 'task_manual_pause', 'task_resume', 'vscode_connection'));
alter table workspace_resources
  add constraint workspace_resources_transition_check check (transition in ('start', 'stop', 'delete'));
alter table workspace_agents
  add constraint workspace_agents_subsystems_check check (subsystems <@ array['envbox', 'envbuilder', 'exectrace']),
  add constraint workspace_agents_display_apps_check
    check (display_apps <@ array['vscode', 'vscode_insiders', 'web_terminal', 'ssh_helper', 'port_forwarding_helper']);
alter table workspace_agent_logs
  add constraint workspace_agent_logs_level_check check (level in ('trace', 'debug', 'info', 'warn', 'error'));
alter table workspace_agent_script_timings
  add constraint workspace_agent_script_timings_stage_check check (stage in ('start', 'stop', 'cron', 'claim')),
  add constraint workspace_agent_script_timings_status_check
    check (status in ('ok', 'exit_failure', 'timed_out', 'pipes_left_open'));
alter table workspace_apps
  add constraint workspace_apps_sharing_level_check check (sharing_level in ('owner', 'authenticated', 'organization', 'public')),
  add constraint workspace_apps_health_check check (health in ('disabled', 'initializing', 'healthy', 'unhealthy')),
  add constraint workspace_apps_open_in_check check (open_in in ('slim-window', 'tab'));
